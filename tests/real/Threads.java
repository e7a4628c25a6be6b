// SPDX-License-Identifier: MIT
// Threads, locks, garbage under pressure, hot faults, a fork-join pool, sockets, processes.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RecursiveTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.IntStream;

public class Threads {
    static final class Node {
        int value = 1;
        Node next;
    }

    static int read(Node node) {
        return node.value;
    }

    /* Compiled, a null is found by the fault alone: no check is there. One in a while, so that the
     * compiler does not come to expect it. */
    static void faults() {
        Node some = new Node();
        long sum = 0;
        int caught = 0;
        for (int i = 0; i < 3_000_000; i++) {
            try {
                sum += read(i % 100_000 == 99_999 ? null : some);
            } catch (NullPointerException e) {
                caught++;
            }
        }
        System.out.println("faults " + sum + " " + caught);
        int zero = 0;
        caught = 0;
        for (int i = 0; i < 300_000; i++) {
            try {
                sum += i / (i % 10_000 == 0 ? zero : 1);
            } catch (ArithmeticException e) {
                caught++;
            }
        }
        System.out.println("divisions " + caught);
    }

    static int depth(int n) {
        return depth(n + 1) + 1;
    }

    static void overflows() throws Exception {
        Runnable deep = () -> {
            try {
                depth(0);
            } catch (StackOverflowError e) {
                System.out.println("overflow");
            }
        };
        deep.run();
        Thread thread = new Thread(deep);
        thread.start();
        thread.join();
    }

    static final class Sum extends RecursiveTask<Long> {
        final int from, to;

        Sum(int from, int to) {
            this.from = from;
            this.to = to;
        }

        @Override
        protected Long compute() {
            if (to - from < 1000)
                return IntStream.range(from, to).asLongStream().sum();
            Sum left = new Sum(from, (from + to) / 2), right = new Sum((from + to) / 2, to);
            left.fork();
            return right.compute() + left.join();
        }
    }

    static void locks() throws Exception {
        final int n = 20;
        final int[] count = new int[3];
        ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
        CyclicBarrier barrier = new CyclicBarrier(n);
        CountDownLatch done = new CountDownLatch(n);
        Object monitor = new Object();
        for (int i = 0; i < n; i++) {
            int me = i;
            new Thread(() -> {
                try {
                    barrier.await();
                    for (int j = 0; j < 200; j++) {
                        lock.writeLock().lock();
                        count[0]++;
                        lock.writeLock().unlock();
                        synchronized (monitor) {
                            count[1]++;
                        }
                    }
                    synchronized (monitor) {
                        while (count[2] != me)
                            monitor.wait();
                        count[2]++;
                        monitor.notifyAll();
                    }
                } catch (Exception e) {
                    System.out.println(e);
                }
                done.countDown();
            }).start();
        }
        done.await();
        System.out.println("locks " + count[0] + " " + count[1] + " " + count[2]);
        Thread parked = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted())
                LockSupport.park();
            System.out.println("interrupted");
        });
        parked.start();
        parked.interrupt();
        parked.join();
        SynchronousQueue<Integer> queue = new SynchronousQueue<>();
        Thread giver = new Thread(() -> IntStream.range(0, 500).forEach(i -> {
            try {
                queue.put(i);
            } catch (InterruptedException e) {
                System.out.println(e);
            }
        }));
        giver.start();
        int sum = 0;
        for (int i = 0; i < 500; i++)
            sum += queue.take();
        System.out.println("queue " + sum + " " + queue.poll(5, TimeUnit.MILLISECONDS));
    }

    static void garbage() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<Long>> results = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            results.add(pool.submit(() -> {
                long sum = 0;
                List<byte[]> kept = new ArrayList<>();
                for (int i = 0; i < 20_000; i++) {
                    kept.add(new byte[1000 + i % 5000]);
                    if (kept.size() > 500)
                        kept.clear();
                    sum += kept.size();
                }
                return sum;
            }));
        }
        long sum = 0;
        for (Future<Long> result : results)
            sum += result.get();
        pool.shutdown();
        System.out.println("garbage " + sum);
        System.gc();
    }

    static void net() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread echo = new Thread(() -> {
                try (Socket socket = server.accept();
                     BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
                     PrintWriter out = new PrintWriter(socket.getOutputStream(), true)) {
                    for (String line; (line = in.readLine()) != null;)
                        out.println(line.toUpperCase());
                } catch (Exception e) {
                    System.out.println(e);
                }
            });
            echo.start();
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
                 BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
                 PrintWriter out = new PrintWriter(socket.getOutputStream(), true)) {
                for (int i = 0; i < 100; i++) {
                    out.println("line " + i);
                    if (!in.readLine().equals("LINE " + i))
                        System.out.println("differs at " + i);
                }
            }
            echo.join();
        }
        System.out.println("net");
    }

    static void processes() throws Exception {
        for (int i = 0; i < 5; i++) {
            Process process = new ProcessBuilder("sh", "-c", "cat; exit " + i).start();
            process.getOutputStream().write("through".getBytes());
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes());
            System.out.println(text + " " + process.waitFor());
        }
        Process sleeper = new ProcessBuilder("sleep", "1000").start();
        sleeper.destroy();
        System.out.println("destroyed " + sleeper.waitFor());
    }

    public static void main(String[] args) throws Exception {
        faults();
        overflows();
        locks();
        System.out.println("fork-join " + new ForkJoinPool(4).invoke(new Sum(0, 2_000_000)));
        System.out.println("stream " + IntStream.range(0, 1_000_000).parallel().asLongStream().sum());
        garbage();
        net();
        processes();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
        System.exit(3);
    }
}
