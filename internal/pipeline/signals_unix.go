//go:build unix

package pipeline

import (
	"os"
	"os/signal"
	"syscall"
)

// NotifyStop sends the signals that end an input to c: ctrl-C, SIGTERM and SIGHUP. SIGHUP means
// that the terminal or the connection closed. Under nohup, SIGHUP stays ignored.
func NotifyStop(c chan<- os.Signal) {
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(c, syscall.SIGHUP)
	}
}

// StopOnce restores the default effects of the signals soon after the first one. After SIGHUP it
// ignores further ones: a terminal that closes causes several, and they are not a second request to
// end.
func StopOnce(c chan<- os.Signal, first os.Signal) {
	if first == syscall.SIGHUP {
		signal.Ignore(syscall.SIGHUP)
	}
	stopLater(c)
}

// notifyReport sends SIGUSR1 to c. This signal requests a line of counts.
func notifyReport(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
