//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyReport asks for the signal that has a line of counts printed: SIGUSR1.
func notifyReport(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
