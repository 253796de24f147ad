//go:build unix

package watch

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// canSuspend reports whether a shell waits for this job. The job is then a process group of its
// own. Without such a shell, nothing would continue the process.
func canSuspend() bool {
	session, err := unix.Getsid(0)
	return err == nil && unix.Getpgrp() != session
}

// handleSuspend restores the terminal before a key or a signal suspends the program. It sets up the
// terminal again when the program continues. It also does this after SIGSTOP, which comes without
// notice, because the shell has then changed the terminal.
func (c *Screen) handleSuspend(quit <-chan struct{}) {
	stop, resumed := make(chan os.Signal, 1), make(chan os.Signal, 1)
	report := make(chan os.Signal, 1)
	signal.Notify(report, syscall.SIGUSR1) // must not end the screen, which shows the counts anyway
	signal.Notify(stop, syscall.SIGTSTP)
	signal.Notify(resumed, syscall.SIGCONT)
	defer signal.Stop(stop)
	defer signal.Stop(resumed)
	defer signal.Stop(report)
	for {
		select {
		case <-quit:
			return
		case <-c.requests:
			c.suspend(resumed)
		case <-stop:
			c.suspend(resumed)
		case <-resumed:
			c.redraw()
		}
	}
}

// redraw sets up the terminal again.
func (c *Screen) redraw() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ending && c.release() == nil {
		c.restore()
	}
}

// timerStop is enough time for a goroutine that is ready to run.
const timerStop = 50 * time.Millisecond

// release gives the terminal back. In the library, another goroutine then stops the timer of the
// screen. release waits for it: if it came after RestoreTerminal, it would stop the new timer, and
// nothing would be drawn any more.
func (c *Screen) release() error {
	err := c.ReleaseTerminal()
	c.guard.shows(false)
	time.Sleep(timerStop)
	return err
}

// restore shows the screen again.
func (c *Screen) restore() {
	c.guard.shows(true)
	_ = c.RestoreTerminal() // if the terminal is gone, the next read fails
}

// suspend stops this process until SIGCONT. It cannot use SIGTSTP: after Go has caught this signal,
// its default effect never returns.
func (c *Screen) suspend(resumed <-chan os.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.suspends || c.ending || c.release() != nil {
		return
	}
	if stopSelf() == nil {
		<-resumed
	}
	c.restore()
}
