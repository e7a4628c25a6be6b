// SPDX-License-Identifier: MIT

// A server as one meets them: answers in many goroutines, keeps a journal where
// it may not write, and tries io_uring first.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
)

const ioUringSetup = 425

func main() {
	done := make(chan struct{})
	server := &http.Server{}

	// Whatever it says, net/http goes on with epoll.
	syscall.Syscall(ioUringSetup, 8, 0, 0)
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello,", r.URL.Query().Get("name"))
	})
	http.HandleFunc("/note", func(w http.ResponseWriter, r *http.Request) {
		if err := os.WriteFile(os.Args[1], []byte("noted\n"), 0o644); err != nil {
			http.Error(w, "not noted", http.StatusInternalServerError)
		}
	})
	http.HandleFunc("/quit", func(w http.ResponseWriter, r *http.Request) {
		go func() {
			server.Shutdown(context.Background())
			close(done)
		}()
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server.Serve(listener)
	<-done
}
