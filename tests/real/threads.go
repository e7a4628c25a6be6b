// SPDX-License-Identifier: MIT
// Goroutines on several threads, blocking calls, garbage collection, and preemption by signals.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

func main() {
	var group sync.WaitGroup
	var mutex sync.Mutex
	total := 0
	results := make(chan int, 10)
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			garbage := make([][]byte, 0)
			for j := 0; j < 100; j++ {
				garbage = append(garbage, make([]byte, 1000))
				mutex.Lock()
				total++
				mutex.Unlock()
			}
			results <- len(garbage)
		}(i)
	}
	go func() { group.Wait(); close(results) }()
	sum := 0
	for r := range results {
		sum += r
	}
	// A loop that only a signal can preempt.
	stop := false
	go func() {
		for !stop {
		}
	}()
	time.Sleep(20 * time.Millisecond)
	runtime.GC()
	out, err := exec.Command("echo", "from a child").Output()
	fmt.Println(total, sum, string(out), err)
	_, err = os.Stat("/no/such/file")
	fmt.Println(err)
}
