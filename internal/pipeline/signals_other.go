//go:build !unix

package pipeline

import (
	"os"
	"os/signal"
	"syscall"
)

// NotifyStop sends the signals that end an input to c.
func NotifyStop(c chan<- os.Signal) { signal.Notify(c, os.Interrupt, syscall.SIGTERM) }

// StopOnce restores the default effects of the signals soon after the first one.
func StopOnce(c chan<- os.Signal, _ os.Signal) { stopLater(c) }

// notifyReport does nothing, because this system has no SIGUSR1.
func notifyReport(chan<- os.Signal) {}
