# SPDX-License-Identifier: MIT
# Processes, pipes, signals, sockets and threads of perl.
use strict;
use warnings;
use Config;
use IO::Handle;
use POSIX ();
use Socket;

$| = 1;
my @status;
for my $n (1 .. 20) {
	my $pid = fork // die;
	POSIX::_exit($n) if !$pid;
	waitpid $pid, 0;
	push @status, $? >> 8;
}
print "@status\n";

my ($heard, %left) = (0);
$SIG{CHLD} = sub { while ((my $pid = waitpid -1, POSIX::WNOHANG) > 0) { $heard++; delete $left{$pid} } };
my $block = POSIX::SigSet->new(POSIX::SIGCHLD);
POSIX::sigprocmask(POSIX::SIG_BLOCK, $block);
for (1 .. 10) {
	my $pid = fork // die;
	POSIX::_exit(0) if !$pid;
	$left{$pid} = 1;
}
POSIX::sigsuspend(POSIX::SigSet->new) while %left;
POSIX::sigprocmask(POSIX::SIG_UNBLOCK, $block);
$SIG{CHLD} = 'DEFAULT';
print "children $heard\n";

open my $pipe, '-|', 'seq 1000 | sort -r | head -n 3; exit 3' or die;
print <$pipe>;
close $pipe;
print $? >> 8, "\n", `echo backticks`, system('exit 7; :') >> 8, "\n";

socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
my $pid = fork // die;
if (!$pid) {
	close $ours;
	while (<$theirs>) { $theirs->print(uc); $theirs->flush }
	POSIX::_exit(0);
}
close $theirs;
for my $n (1 .. 100) {
	$ours->print("line $n\n");
	$ours->flush;
	my $answer = <$ours>;
	die if $answer ne "LINE $n\n";
}
close $ours;
waitpid $pid, 0;
print "socket $?\n";

eval {
	local $SIG{ALRM} = sub { die "alarm\n" };
	alarm 1;
	select undef, undef, undef, 30 while 1;
};
print $@;

if ($Config{usethreads}) {
	require threads;
	require threads::shared;
	require Thread::Queue;
	my $count = 0;
	&threads::shared::share(\$count);
	my $queue = Thread::Queue->new;
	my @threads = map {
		threads->create(sub {
			for (1 .. 100) { lock $count; $count++ }
			my $sum = 0;
			while (defined(my $n = $queue->dequeue)) { $sum += $n }
			return $sum;
		})
	} 1 .. 5;
	$queue->enqueue($_) for 1 .. 200;
	$queue->end;
	my $sum = 0;
	$sum += $_->join for @threads;
	print "threads $count $sum\n";
}
kill 'ABRT', $$;
