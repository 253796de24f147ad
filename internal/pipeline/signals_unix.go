//go:build unix

package pipeline

import (
	"os"
	"os/signal"
	"syscall"
)

// NotifyStop asks for the signals that end an input: ctrl-C, SIGTERM, and SIGHUP, which comes when
// the terminal or the connection goes away. Under nohup SIGHUP is ignored, and stays so.
func NotifyStop(c chan<- os.Signal) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(c, syscall.SIGHUP)
	}
}

// StopOnce gives signals their usual effects back once one of them came. A terminal that goes away
// sends several, and none of them is a second wish.
func StopOnce(c chan<- os.Signal, first os.Signal) {
	if first == syscall.SIGHUP {
		signal.Ignore(syscall.SIGHUP)
	}
	signal.Stop(c)
}

// notifyReport asks for the signal that prints a line of counts: SIGUSR1.
func notifyReport(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
