//go:build unix

package watch

import (
	"os"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"
)

// canSuspend reports whether a shell waits for this job to stop, which then is a process group of
// its own. Nobody would continue others.
func canSuspend() bool {
	session, err := unix.Getsid(0)
	return err == nil && unix.Getpgrp() != session
}

// handleSuspend gives the terminal back before the program is suspended, by a key or a signal, and
// takes it again when it continues. A program that was stopped without being asked (SIGSTOP) takes
// the terminal anew, for the shell has changed it.
func handleSuspend(p *tea.Program, possible bool, asked, quit <-chan struct{}) {
	stop, resumed := make(chan os.Signal, 1), make(chan os.Signal, 1)
	report := make(chan os.Signal, 1)
	signal.Notify(report, syscall.SIGUSR1) // the screen shows the counts, and this must not end it
	signal.Notify(stop, syscall.SIGTSTP)
	signal.Notify(resumed, syscall.SIGCONT)
	defer signal.Stop(stop)
	defer signal.Stop(resumed)
	defer signal.Stop(report)
	for {
		select {
		case <-quit:
			return
		case <-asked:
			suspend(p, possible, resumed)
		case <-stop:
			suspend(p, possible, resumed)
		case <-resumed:
			if p.ReleaseTerminal() == nil {
				_ = p.RestoreTerminal() // the next read fails where the terminal is gone
			}
		}
	}
}

// suspend stops this process until somebody continues it. SIGTSTP itself would do nothing: once Go
// has caught it, it never has the system's effect again.
func suspend(p *tea.Program, possible bool, resumed <-chan os.Signal) {
	if !possible || p.ReleaseTerminal() != nil {
		return
	}
	if stopSelf() == nil {
		<-resumed
	}
	_ = p.RestoreTerminal() // the next read fails where the terminal is gone
}
