package watch

import (
	"os"

	"golang.org/x/sys/unix"
)

// stopSelf stops this process. The sandbox lets it send signals to itself only.
func stopSelf() error { return unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP) }
