/* SPDX-License-Identifier: MIT */
/*
 * The numbers are written out: this code runs without libc, and the headers of
 * the machine it is compiled on may be older than the kernel it runs on.
 */
#include "shim/decode/decode_names.h"

#include <stddef.h>
#include <stdint.h>

#define FX_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* clang-format off */

/* 41 and 58 were EWOULDBLOCK and EDEADLOCK once, and are not used again. */
static const char *const errno_names[] = {
	NULL, "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF",
	"ECHILD", "EAGAIN", "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV",
	"ENODEV", "ENOTDIR", "EISDIR", "EINVAL", "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY",
	"EFBIG", "ENOSPC", "ESPIPE", "EROFS", "EMLINK", "EPIPE", "EDOM", "ERANGE", "EDEADLK",
	"ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP", NULL, "ENOMSG", "EIDRM",
	"ECHRNG", "EL2NSYNC", "EL3HLT", "EL3RST", "ELNRNG", "EUNATCH", "ENOCSI", "EL2HLT",
	"EBADE", "EBADR", "EXFULL", "ENOANO", "EBADRQC", "EBADSLT", NULL, "EBFONT", "ENOSTR",
	"ENODATA", "ETIME", "ENOSR", "ENONET", "ENOPKG", "EREMOTE", "ENOLINK", "EADV", "ESRMNT",
	"ECOMM", "EPROTO", "EMULTIHOP", "EDOTDOT", "EBADMSG", "EOVERFLOW", "ENOTUNIQ", "EBADFD",
	"EREMCHG", "ELIBACC", "ELIBBAD", "ELIBSCN", "ELIBMAX", "ELIBEXEC", "EILSEQ", "ERESTART",
	"ESTRPIPE", "EUSERS", "ENOTSOCK", "EDESTADDRREQ", "EMSGSIZE", "EPROTOTYPE",
	"ENOPROTOOPT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EOPNOTSUPP", "EPFNOSUPPORT",
	"EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN", "ENETUNREACH", "ENETRESET",
	"ECONNABORTED", "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN", "ESHUTDOWN",
	"ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED", "EHOSTDOWN", "EHOSTUNREACH", "EALREADY",
	"EINPROGRESS", "ESTALE", "EUCLEAN", "ENOTNAM", "ENAVAIL", "EISNAM", "EREMOTEIO",
	"EDQUOT", "ENOMEDIUM", "EMEDIUMTYPE", "ECANCELED", "ENOKEY", "EKEYEXPIRED",
	"EKEYREVOKED", "EKEYREJECTED", "EOWNERDEAD", "ENOTRECOVERABLE", "ERFKILL", "EHWPOISON",
};

/* The kernel's first real-time signal is 32; libcs keep some for themselves. */
static const char *const signal_names[] = {
	NULL, "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE",
	"SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM",
	"SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
	"SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
	"SIGRTMIN", "SIGRT_1", "SIGRT_2", "SIGRT_3", "SIGRT_4", "SIGRT_5", "SIGRT_6", "SIGRT_7",
	"SIGRT_8", "SIGRT_9", "SIGRT_10", "SIGRT_11", "SIGRT_12", "SIGRT_13", "SIGRT_14",
	"SIGRT_15", "SIGRT_16", "SIGRT_17", "SIGRT_18", "SIGRT_19", "SIGRT_20", "SIGRT_21",
	"SIGRT_22", "SIGRT_23", "SIGRT_24", "SIGRT_25", "SIGRT_26", "SIGRT_27", "SIGRT_28",
	"SIGRT_29", "SIGRT_30", "SIGRT_31", "SIGRT_32",
};

static const char *const clock_names[] = {
	"CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID",
	"CLOCK_THREAD_CPUTIME_ID", "CLOCK_MONOTONIC_RAW", "CLOCK_REALTIME_COARSE",
	"CLOCK_MONOTONIC_COARSE", "CLOCK_BOOTTIME", "CLOCK_REALTIME_ALARM",
	"CLOCK_BOOTTIME_ALARM", "CLOCK_SGI_CYCLE", "CLOCK_TAI",
};

static const char *const futex_op_names[] = {
	"FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_FD", "FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE",
	"FUTEX_WAKE_OP", "FUTEX_LOCK_PI", "FUTEX_UNLOCK_PI", "FUTEX_TRYLOCK_PI",
	"FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET", "FUTEX_WAIT_REQUEUE_PI",
	"FUTEX_CMP_REQUEUE_PI", "FUTEX_LOCK_PI2",
};

static const struct fx_flag_name prctl_names[] = {
	{ 1, "PR_SET_PDEATHSIG" }, { 2, "PR_GET_PDEATHSIG" }, { 3, "PR_GET_DUMPABLE" },
	{ 4, "PR_SET_DUMPABLE" }, { 5, "PR_GET_UNALIGN" }, { 6, "PR_SET_UNALIGN" },
	{ 7, "PR_GET_KEEPCAPS" }, { 8, "PR_SET_KEEPCAPS" }, { 9, "PR_GET_FPEMU" },
	{ 10, "PR_SET_FPEMU" }, { 11, "PR_GET_FPEXC" }, { 12, "PR_SET_FPEXC" },
	{ 13, "PR_GET_TIMING" }, { 14, "PR_SET_TIMING" }, { 15, "PR_SET_NAME" },
	{ 16, "PR_GET_NAME" }, { 19, "PR_GET_ENDIAN" }, { 20, "PR_SET_ENDIAN" },
	{ 21, "PR_GET_SECCOMP" }, { 22, "PR_SET_SECCOMP" }, { 23, "PR_CAPBSET_READ" },
	{ 24, "PR_CAPBSET_DROP" }, { 25, "PR_GET_TSC" }, { 26, "PR_SET_TSC" },
	{ 27, "PR_GET_SECUREBITS" }, { 28, "PR_SET_SECUREBITS" }, { 29, "PR_SET_TIMERSLACK" },
	{ 30, "PR_GET_TIMERSLACK" }, { 31, "PR_TASK_PERF_EVENTS_DISABLE" },
	{ 32, "PR_TASK_PERF_EVENTS_ENABLE" }, { 33, "PR_MCE_KILL" }, { 34, "PR_MCE_KILL_GET" },
	{ 35, "PR_SET_MM" }, { 36, "PR_SET_CHILD_SUBREAPER" }, { 37, "PR_GET_CHILD_SUBREAPER" },
	{ 38, "PR_SET_NO_NEW_PRIVS" }, { 39, "PR_GET_NO_NEW_PRIVS" },
	{ 40, "PR_GET_TID_ADDRESS" }, { 41, "PR_SET_THP_DISABLE" },
	{ 42, "PR_GET_THP_DISABLE" }, { 43, "PR_MPX_ENABLE_MANAGEMENT" },
	{ 44, "PR_MPX_DISABLE_MANAGEMENT" }, { 45, "PR_SET_FP_MODE" }, { 46, "PR_GET_FP_MODE" },
	{ 47, "PR_CAP_AMBIENT" }, { 50, "PR_SVE_SET_VL" }, { 51, "PR_SVE_GET_VL" },
	{ 52, "PR_GET_SPECULATION_CTRL" }, { 53, "PR_SET_SPECULATION_CTRL" },
	{ 54, "PR_PAC_RESET_KEYS" }, { 55, "PR_SET_TAGGED_ADDR_CTRL" },
	{ 56, "PR_GET_TAGGED_ADDR_CTRL" }, { 57, "PR_SET_IO_FLUSHER" },
	{ 58, "PR_GET_IO_FLUSHER" }, { 59, "PR_SET_SYSCALL_USER_DISPATCH" },
	{ 60, "PR_PAC_SET_ENABLED_KEYS" }, { 61, "PR_PAC_GET_ENABLED_KEYS" },
	{ 62, "PR_SCHED_CORE" }, { 63, "PR_SME_SET_VL" }, { 64, "PR_SME_GET_VL" },
	{ 65, "PR_SET_MDWE" }, { 66, "PR_GET_MDWE" }, { 67, "PR_SET_MEMORY_MERGE" },
	{ 68, "PR_GET_MEMORY_MERGE" }, { 69, "PR_RISCV_V_SET_CONTROL" },
	{ 70, "PR_RISCV_V_GET_CONTROL" }, { 71, "PR_RISCV_SET_ICACHE_FLUSH_CTX" },
	{ 72, "PR_PPC_GET_DEXCR" }, { 73, "PR_PPC_SET_DEXCR" },
	{ 74, "PR_GET_SHADOW_STACK_STATUS" }, { 75, "PR_SET_SHADOW_STACK_STATUS" },
	{ 76, "PR_LOCK_SHADOW_STACK_STATUS" }, { 77, "PR_TIMER_CREATE_RESTORE_IDS" },
	{ 78, "PR_FUTEX_HASH" }, { 0x41555856, "PR_GET_AUXV" }, { 0x53564d41, "PR_SET_VMA" },
	{ 0x59616d61, "PR_SET_PTRACER" },
};

static const struct fx_flag_name fcntl_names[] = {
	{ 0, "F_DUPFD" }, { 1, "F_GETFD" }, { 2, "F_SETFD" }, { 3, "F_GETFL" },
	{ 4, "F_SETFL" }, { 5, "F_GETLK" }, { 6, "F_SETLK" }, { 7, "F_SETLKW" },
	{ 8, "F_SETOWN" }, { 9, "F_GETOWN" }, { 10, "F_SETSIG" }, { 11, "F_GETSIG" },
	{ 15, "F_SETOWN_EX" }, { 16, "F_GETOWN_EX" }, { 17, "F_GETOWNER_UIDS" },
	{ 36, "F_OFD_GETLK" }, { 37, "F_OFD_SETLK" }, { 38, "F_OFD_SETLKW" },
	{ 1024, "F_SETLEASE" }, { 1025, "F_GETLEASE" }, { 1026, "F_NOTIFY" },
	{ 1027, "F_DUPFD_QUERY" }, { 1028, "F_CREATED_QUERY" }, { 1029, "F_CANCELLK" },
	{ 1030, "F_DUPFD_CLOEXEC" }, { 1031, "F_SETPIPE_SZ" }, { 1032, "F_GETPIPE_SZ" },
	{ 1033, "F_ADD_SEALS" }, { 1034, "F_GET_SEALS" }, { 1035, "F_GET_RW_HINT" },
	{ 1036, "F_SET_RW_HINT" }, { 1037, "F_GET_FILE_RW_HINT" },
	{ 1038, "F_SET_FILE_RW_HINT" }, { 1039, "F_GETDELEG" }, { 1040, "F_SETDELEG" },
};

/* _IOR and its kind encode the size of x86-64's structures. */
static const struct fx_flag_name ioctl_names[] = {
	{ 0x1, "FIBMAP" }, { 0x2, "FIGETBSZ" }, { 0x125d, "BLKROSET" }, { 0x125e, "BLKROGET" },
	{ 0x125f, "BLKRRPART" }, { 0x1260, "BLKGETSIZE" }, { 0x1261, "BLKFLSBUF" },
	{ 0x1268, "BLKSSZGET" }, { 0x1277, "BLKDISCARD" }, { 0x1278, "BLKIOMIN" },
	{ 0x1279, "BLKIOOPT" }, { 0x127b, "BLKPBSZGET" }, { 0x127f, "BLKZEROOUT" },
	{ 0x5207, "RNDRESEEDCRNG" }, { 0x5401, "TCGETS" }, { 0x5402, "TCSETS" },
	{ 0x5403, "TCSETSW" }, { 0x5404, "TCSETSF" }, { 0x5405, "TCGETA" },
	{ 0x5406, "TCSETA" }, { 0x5407, "TCSETAW" }, { 0x5408, "TCSETAF" },
	{ 0x5409, "TCSBRK" }, { 0x540a, "TCXONC" }, { 0x540b, "TCFLSH" },
	{ 0x540c, "TIOCEXCL" }, { 0x540d, "TIOCNXCL" }, { 0x540e, "TIOCSCTTY" },
	{ 0x540f, "TIOCGPGRP" }, { 0x5410, "TIOCSPGRP" }, { 0x5411, "TIOCOUTQ" },
	{ 0x5412, "TIOCSTI" }, { 0x5413, "TIOCGWINSZ" }, { 0x5414, "TIOCSWINSZ" },
	{ 0x5415, "TIOCMGET" }, { 0x5416, "TIOCMBIS" }, { 0x5417, "TIOCMBIC" },
	{ 0x5418, "TIOCMSET" }, { 0x5419, "TIOCGSOFTCAR" }, { 0x541a, "TIOCSSOFTCAR" },
	{ 0x541b, "FIONREAD" }, { 0x541c, "TIOCLINUX" }, { 0x541d, "TIOCCONS" },
	{ 0x541e, "TIOCGSERIAL" }, { 0x541f, "TIOCSSERIAL" }, { 0x5420, "TIOCPKT" },
	{ 0x5421, "FIONBIO" }, { 0x5422, "TIOCNOTTY" }, { 0x5423, "TIOCSETD" },
	{ 0x5424, "TIOCGETD" }, { 0x5425, "TCSBRKP" }, { 0x5427, "TIOCSBRK" },
	{ 0x5428, "TIOCCBRK" }, { 0x5429, "TIOCGSID" }, { 0x542e, "TIOCGRS485" },
	{ 0x542f, "TIOCSRS485" }, { 0x5437, "TIOCVHANGUP" }, { 0x5441, "TIOCGPTPEER" },
	{ 0x5450, "FIONCLEX" }, { 0x5451, "FIOCLEX" }, { 0x5452, "FIOASYNC" },
	{ 0x545c, "TIOCMIWAIT" }, { 0x545d, "TIOCGICOUNT" }, { 0x5460, "FIOQSIZE" },
	{ 0x8906, "SIOCGSTAMP" }, { 0x8907, "SIOCGSTAMPNS" }, { 0x890b, "SIOCADDRT" },
	{ 0x890c, "SIOCDELRT" }, { 0x8910, "SIOCGIFNAME" }, { 0x8912, "SIOCGIFCONF" },
	{ 0x8913, "SIOCGIFFLAGS" }, { 0x8914, "SIOCSIFFLAGS" }, { 0x8915, "SIOCGIFADDR" },
	{ 0x8916, "SIOCSIFADDR" }, { 0x8917, "SIOCGIFDSTADDR" }, { 0x8918, "SIOCSIFDSTADDR" },
	{ 0x8919, "SIOCGIFBRDADDR" }, { 0x891a, "SIOCSIFBRDADDR" },
	{ 0x891b, "SIOCGIFNETMASK" }, { 0x891c, "SIOCSIFNETMASK" }, { 0x891d, "SIOCGIFMETRIC" },
	{ 0x891e, "SIOCSIFMETRIC" }, { 0x8921, "SIOCGIFMTU" }, { 0x8922, "SIOCSIFMTU" },
	{ 0x8923, "SIOCSIFNAME" }, { 0x8924, "SIOCSIFHWADDR" }, { 0x8927, "SIOCGIFHWADDR" },
	{ 0x8933, "SIOCGIFINDEX" }, { 0x8938, "SIOCGIFCOUNT" }, { 0x8942, "SIOCGIFTXQLEN" },
	{ 0x8943, "SIOCSIFTXQLEN" }, { 0x8953, "SIOCDARP" }, { 0x8954, "SIOCGARP" },
	{ 0x8955, "SIOCSARP" }, { 0x8970, "SIOCGIFMAP" }, { 0x8971, "SIOCSIFMAP" },
	{ 0x40045201, "RNDADDTOENTCNT" }, { 0x40045431, "TIOCSPTLCK" },
	{ 0x40045436, "TIOCSIG" }, { 0x40049409, "FICLONE" }, { 0x40081271, "BLKBSZSET" },
	{ 0x40085203, "RNDADDENTROPY" }, { 0x40086602, "FS_IOC_SETFLAGS" },
	{ 0x40087602, "FS_IOC_SETVERSION" }, { 0x401c5820, "FS_IOC_FSSETXATTR" },
	{ 0x4020940d, "FICLONERANGE" }, { 0x402c542b, "TCSETS2" }, { 0x402c542c, "TCSETSW2" },
	{ 0x402c542d, "TCSETSF2" }, { 0x80045200, "RNDGETENTCNT" }, { 0x80045430, "TIOCGPTN" },
	{ 0x80045432, "TIOCGDEV" }, { 0x80045438, "TIOCGPKT" }, { 0x80045439, "TIOCGPTLCK" },
	{ 0x80045440, "TIOCGEXCL" }, { 0x80081270, "BLKBSZGET" },
	{ 0x80081272, "BLKGETSIZE64" }, { 0x80086601, "FS_IOC_GETFLAGS" },
	{ 0x80087601, "FS_IOC_GETVERSION" }, { 0x801c581f, "FS_IOC_FSGETXATTR" },
	{ 0x802c542a, "TCGETS2" }, { 0xc0045877, "FIFREEZE" }, { 0xc0045878, "FITHAW" },
	{ 0xc0185879, "FITRIM" }, { 0xc0189436, "FIDEDUPERANGE" },
	{ 0xc020660b, "FS_IOC_FIEMAP" },
};

const struct fx_flag_name fx_futex_flags[] = {
	{ 0x80, "FUTEX_PRIVATE_FLAG" }, { 0x100, "FUTEX_CLOCK_REALTIME" },
	{ 0, NULL },
};

const struct fx_flag_name fx_open_flags[] = {
	{ 0x1, "O_WRONLY" }, { 0x2, "O_RDWR" }, { 0x40, "O_CREAT" }, { 0x80, "O_EXCL" },
	{ 0x100, "O_NOCTTY" }, { 0x200, "O_TRUNC" }, { 0x400, "O_APPEND" },
	{ 0x800, "O_NONBLOCK" }, { 0x101000, "O_SYNC" }, { 0x1000, "O_DSYNC" },
	{ 0x2000, "O_ASYNC" }, { 0x4000, "O_DIRECT" }, { 0x8000, "O_LARGEFILE" },
	{ 0x410000, "O_TMPFILE" }, { 0x10000, "O_DIRECTORY" }, { 0x20000, "O_NOFOLLOW" },
	{ 0x40000, "O_NOATIME" }, { 0x80000, "O_CLOEXEC" }, { 0x200000, "O_PATH" },
	{ 0, NULL },
};

const struct fx_flag_name fx_prot_flags[] = {
	{ 0x1, "PROT_READ" }, { 0x2, "PROT_WRITE" }, { 0x4, "PROT_EXEC" }, { 0x8, "PROT_SEM" },
	{ 0x1000000, "PROT_GROWSDOWN" }, { 0x2000000, "PROT_GROWSUP" },
	{ 0, NULL },
};

/* The two MAP_HUGE_ sizes that x86-64 has; of others the number remains. */
const struct fx_flag_name fx_mmap_flags[] = {
	{ 0x3, "MAP_SHARED_VALIDATE" }, { 0x1, "MAP_SHARED" }, { 0x2, "MAP_PRIVATE" },
	{ 0x10, "MAP_FIXED" }, { 0x20, "MAP_ANONYMOUS" }, { 0x40, "MAP_32BIT" },
	{ 0x80, "MAP_ABOVE4G" }, { 0x100, "MAP_GROWSDOWN" }, { 0x800, "MAP_DENYWRITE" },
	{ 0x1000, "MAP_EXECUTABLE" }, { 0x2000, "MAP_LOCKED" }, { 0x4000, "MAP_NORESERVE" },
	{ 0x8000, "MAP_POPULATE" }, { 0x10000, "MAP_NONBLOCK" }, { 0x20000, "MAP_STACK" },
	{ 0x78000000, "MAP_HUGE_1GB" }, { 0x54000000, "MAP_HUGE_2MB" },
	{ 0x40000, "MAP_HUGETLB" }, { 0x80000, "MAP_SYNC" },
	{ 0x100000, "MAP_FIXED_NOREPLACE" },
	{ 0, NULL },
};

const struct fx_flag_name fx_clone_flags[] = {
	{ 0x80, "CLONE_NEWTIME" }, { 0x100, "CLONE_VM" }, { 0x200, "CLONE_FS" },
	{ 0x400, "CLONE_FILES" }, { 0x800, "CLONE_SIGHAND" }, { 0x1000, "CLONE_PIDFD" },
	{ 0x2000, "CLONE_PTRACE" }, { 0x4000, "CLONE_VFORK" }, { 0x8000, "CLONE_PARENT" },
	{ 0x10000, "CLONE_THREAD" }, { 0x20000, "CLONE_NEWNS" }, { 0x40000, "CLONE_SYSVSEM" },
	{ 0x80000, "CLONE_SETTLS" }, { 0x100000, "CLONE_PARENT_SETTID" },
	{ 0x200000, "CLONE_CHILD_CLEARTID" }, { 0x400000, "CLONE_DETACHED" },
	{ 0x800000, "CLONE_UNTRACED" }, { 0x1000000, "CLONE_CHILD_SETTID" },
	{ 0x2000000, "CLONE_NEWCGROUP" }, { 0x4000000, "CLONE_NEWUTS" },
	{ 0x8000000, "CLONE_NEWIPC" }, { 0x10000000, "CLONE_NEWUSER" },
	{ 0x20000000, "CLONE_NEWPID" }, { 0x40000000, "CLONE_NEWNET" },
	{ 0x80000000, "CLONE_IO" }, { 0x100000000, "CLONE_CLEAR_SIGHAND" },
	{ 0x200000000, "CLONE_INTO_CGROUP" },
	{ 0, NULL },
};

/* clang-format on */

static const char *by_index(const char *const *names, size_t count, int value)
{
	return value >= 0 && (size_t)value < count ? names[value] : NULL;
}

static const char *by_value(const struct fx_flag_name *names, size_t count, uint64_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].value == value)
			return names[i].name;
	}
	return NULL;
}

const char *fx_errno_name(int err)
{
	return by_index(errno_names, FX_COUNT(errno_names), err);
}

const char *fx_signal_name(int sig)
{
	return by_index(signal_names, FX_COUNT(signal_names), sig);
}

const char *fx_clock_name(int clock)
{
	return by_index(clock_names, FX_COUNT(clock_names), clock);
}

const char *fx_futex_op_name(int cmd)
{
	return by_index(futex_op_names, FX_COUNT(futex_op_names), cmd);
}

const char *fx_prctl_name(int option)
{
	return by_value(prctl_names, FX_COUNT(prctl_names), (uint32_t)option);
}

const char *fx_fcntl_name(int cmd)
{
	return by_value(fcntl_names, FX_COUNT(fcntl_names), (uint32_t)cmd);
}

const char *fx_ioctl_name(unsigned int request)
{
	return by_value(ioctl_names, FX_COUNT(ioctl_names), request);
}
