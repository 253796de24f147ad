//go:build !unix

package pipeline

import (
	"os"
	"os/signal"
	"syscall"
)

// NotifyStop asks for the signals that end an input.
func NotifyStop(c chan<- os.Signal) { signal.Notify(c, os.Interrupt, syscall.SIGTERM) }

// StopOnce gives signals their usual effects back once one of them came.
func StopOnce(c chan<- os.Signal, _ os.Signal) { signal.Stop(c) }

// notifyReport does nothing if there is no SIGUSR1.
func notifyReport(chan<- os.Signal) {}
