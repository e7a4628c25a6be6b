// SPDX-License-Identifier: MIT
// Thousands of goroutines, loops that only a signal preempts, HTTP on loopback, children, signals, a caught fault.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func many() {
	var group sync.WaitGroup
	in, out := make(chan int), make(chan int, 100)
	for i := 0; i < 5000; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			out <- <-in * 2
		}()
	}
	go func() {
		for i := 0; i < 5000; i++ {
			in <- i
		}
		group.Wait()
		close(out)
	}()
	sum := 0
	for v := range out {
		sum += v
	}
	fmt.Println("many", sum)
}

func preempted() {
	var stop int32
	var group sync.WaitGroup
	for i := 0; i < runtime.NumCPU(); i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			x := 0
			for atomic.LoadInt32(&stop) == 0 {
				for j := 0; j < 10000000; j++ {
					x += j
				}
			}
			_ = x
		}()
	}
	runtime.GC()
	atomic.StoreInt32(&stop, 1)
	group.Wait()
	fmt.Println("preempted")
}

func web() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
	})}
	go server.Serve(listener)
	var group sync.WaitGroup
	var good int32
	for i := 0; i < 200; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			reader, writer := io.Pipe()
			go func() { fmt.Fprint(writer, i); writer.Close() }()
			answer, err := http.Post("http://"+listener.Addr().String(), "text/plain", reader)
			if err != nil {
				return
			}
			text, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if string(text) == fmt.Sprint(i) {
				atomic.AddInt32(&good, 1)
			}
		}(i)
	}
	group.Wait()
	// Shutdown would wait for five seconds for connections that nobody has used.
	fmt.Println("web", good, server.Close())
}

func children() {
	var group sync.WaitGroup
	var good int32
	for i := 0; i < 20; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			err := exec.Command("sh", "-c", fmt.Sprint("exit ", i)).Run()
			if i == 0 && err == nil || err != nil && err.Error() == fmt.Sprint("exit status ", i) {
				atomic.AddInt32(&good, 1)
			}
		}(i)
	}
	group.Wait()
	limit, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	fmt.Println("children", good, exec.CommandContext(limit, "sleep", "1000").Run())
}

func signals() {
	heard := make(chan os.Signal, 10)
	signal.Notify(heard, syscall.SIGUSR1, syscall.SIGHUP)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-heard)
	syscall.Kill(os.Getpid(), syscall.SIGHUP)
	fmt.Println(<-heard)
	ticker := time.NewTicker(time.Millisecond)
	for i := 0; i < 20; i++ {
		<-ticker.C
	}
	ticker.Stop()
}

func fault() {
	defer func() { fmt.Println("recovered:", recover()) }()
	var nothing *struct{ a, b int }
	fmt.Println(nothing.b)
}

func main() {
	many()
	preempted()
	web()
	children()
	signals()
	fault()
	go func() { panic("the end") }()
	select {}
}
