//go:build !unix

package main

import "os"

// notifyReport does nothing where there is no SIGUSR1.
func notifyReport(chan<- os.Signal) {}
