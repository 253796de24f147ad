package main

import (
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/testkit"
)

// TestLiveGoroutinesAndDescriptors checks that the number of goroutines and descriptors does not
// grow with packets and flows. None may remain after the capture.
func TestLiveGoroutinesAndDescriptors(t *testing.T) {
	descriptors := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Error(err)
		}
		return len(list)
	}
	for _, args := range [][]string{{"-q"}, {"ports"}, {"flows"}, {"-l"}, {"-l", "--rings", "2"}} {
		liveTest(t, func(t *testing.T, s *testkit.Sender) {
			before, filesBefore := runtime.NumGoroutine(), descriptors()
			stop := make(chan struct{})
			var beside sync.WaitGroup
			beside.Go(func() {
				for i := uint16(0); ; i++ {
					select {
					case <-stop:
						return
					default:
						s.Send(udpFrame(i, 53, "x")) // a new flow each time
					}
				}
			})
			var goroutines, files []int
			beside.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(10 * time.Millisecond):
						goroutines, files = append(goroutines, runtime.NumGoroutine()-before),
							append(files, descriptors()-filesBefore)
					}
				}
			})
			root := newRoot()
			root.SetArgs(append(args, "-i", "v1", "-c", "20000"))
			root.SetOut(io.Discard)
			root.SetErr(io.Discard)
			if err := root.Execute(); err != nil {
				t.Errorf("%v: %v", args, err)
			}
			close(stop)
			beside.Wait()
			if len(goroutines) < 2 {
				t.Fatalf("%v: %d samples", args, len(goroutines))
			}
			// The two goroutines of this test, the packet loop, and the runtime's goroutine for
			// signals.
			if n := slices.Max(goroutines); n > 8 {
				t.Errorf("%v: %d goroutines more than before: %v", args, n, goroutines)
			}
			if n := slices.Max(files); n > 12 {
				t.Errorf("%v: %d descriptors more than before: %v", args, n, files)
			}
			// the goroutine for signals remains
			for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+1 &&
				time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if n := runtime.NumGoroutine() - before; n > 1 {
				t.Errorf("%v: %d goroutines are left", args, n)
			}
			if n := descriptors() - filesBefore; n > 4 { // those of the runtime poller remain
				t.Errorf("%v: %d descriptors are left", args, n)
			}
		})
	}
}
