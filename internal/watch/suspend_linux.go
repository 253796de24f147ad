package watch

import (
	"os"

	"golang.org/x/sys/unix"
)

// stopSelf stops this process. The sandbox allows signals only to the process itself.
func stopSelf() error { return unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP) }
