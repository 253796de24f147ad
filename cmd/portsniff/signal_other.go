//go:build !unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyStop asks for the signals that end a session well.
func notifyStop(c chan<- os.Signal) { signal.Notify(c, os.Interrupt, syscall.SIGTERM) }

// stopOnce gives signals their usual effects back once one of them came.
func stopOnce(c chan<- os.Signal, _ os.Signal) { signal.Stop(c) }

// notifyReport does nothing where there is no SIGUSR1.
func notifyReport(chan<- os.Signal) {}
