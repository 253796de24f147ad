//go:build unix && !linux

package main

import "golang.org/x/sys/unix"

// stopSelf stops this process.
func stopSelf() error { return unix.Kill(unix.Getpid(), unix.SIGSTOP) }
