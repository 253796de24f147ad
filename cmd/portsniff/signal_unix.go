//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyStop asks for the signals that end a session well: control-C, SIGTERM, and SIGHUP, which comes when the terminal or the connection that the
// program was started from goes away. Under nohup that one is ignored, and stays so.
func notifyStop(c chan<- os.Signal) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(c, syscall.SIGHUP)
	}
}

// stopOnce gives signals their usual effects back once one of them came. Of a terminal that goes away several tell, and none of them is a second wish.
func stopOnce(c chan<- os.Signal, came os.Signal) {
	if came == syscall.SIGHUP {
		signal.Ignore(syscall.SIGHUP)
	}
	signal.Stop(c)
}

// notifyReport asks for the signal that has a line of counts printed: SIGUSR1.
func notifyReport(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
