// Package watch runs the screens of package top on a terminal. It feeds them from a file, a store,
// a pipe or an interface, and logs alerts.
package watch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
)

// A Feed counts packets for the screen.
type Feed interface {
	Run() error           // runs until the input ends or Stop is called
	Stop()                // may be called from any goroutine
	Counts() *top.Engine  // the engine with the counts
	Between(func())       // calls a function between two packets
	End(ended bool) error // closes the input; ended means that Run has returned
	Read() (packets, flows uint64)
}

// A Screen shows a top.Model on a terminal.
type Screen struct {
	*tea.Program
	feed      Feed
	live      bool
	notices   *notices
	keys, out *os.File // the terminal
	profile   colorprofile.Profile
	guard     *guard // nil for none

	suspends bool          // a shell waits for this job, so it can be suspended
	requests chan struct{} // receives the user's requests to suspend

	mu     sync.Mutex // held while the terminal is given back or set up again
	ending bool       // the screen ends, so the terminal must not be set up again
}

// OpenScreen finds the terminal. out must be a terminal. Keys come from in if that is a terminal,
// else from the controlling terminal. status receives notices after the screen ends. Call
// OpenScreen before the sandbox starts, because it may start a program.
func OpenScreen(in io.Reader, out, status io.Writer) (*Screen, error) {
	c := &Screen{requests: make(chan struct{}, 1), suspends: canSuspend(),
		notices: &notices{out: status}}
	var ok bool
	if c.out, ok = out.(*os.File); !ok || !term.Is(c.out) {
		return nil, errors.New("top needs a terminal; --once prints one screen as text")
	}
	c.profile = colorprofile.Detect(c.out, os.Environ())
	if c.keys, ok = in.(*os.File); ok && term.Is(c.keys) {
		return c, nil
	}
	var err error
	if c.keys, _, err = tea.OpenTTY(); err != nil {
		return nil, fmt.Errorf("top needs a terminal for its keys: %w", err)
	}
	return c, nil
}

// Status returns a writer for notices while the screen is shown.
func (c *Screen) Status() io.Writer { return c.notices }

// Pause returns a function that suspends the program, nil if no shell waits for it.
func (c *Screen) Pause() func() {
	if !c.suspends {
		return nil
	}
	return func() {
		select {
		case c.requests <- struct{}{}:
		default:
		}
	}
}

// Run shows the screen and runs the feed until the user quits, then ends both. live means that the
// packets come from an interface.
func (c *Screen) Run(m *top.Model, feed Feed, live bool) error {
	c.feed, c.live = feed, live
	c.Program = tea.NewProgram(m, tea.WithInput(c.keys), tea.WithOutput(c.out),
		tea.WithColorProfile(c.profile), tea.WithoutSignalHandler())
	// Send waits until the program runs. The writer of a notice may hold a lock that the program
	// needs, so Send runs in a goroutine.
	c.notices.begin(func(text string) { go c.Send(top.Notice(text)) })
	quit, signals := make(chan struct{}), make(chan os.Signal, 1)
	pipeline.NotifyStop(signals)
	defer signal.Stop(signals)
	go c.handleSuspend(quit)
	go c.watch(signals, quit)
	captured := make(chan error, 1)
	go func() { captured <- c.capture() }()
	c.guard.shows(true)
	_, err := c.Program.Run()
	close(quit)
	c.willEnd()
	c.guard.shows(false)
	if err != nil {
		err = fmt.Errorf("the terminal: %w", err)
	}
	ended := errors.Join(c.end(captured), c.guard.close())
	return Both(c.notices.end(), Both(err, ended))
}

// willEnd keeps the terminal from being set up again. A signal that ends a stopped program often
// comes together with SIGCONT.
func (c *Screen) willEnd() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
}

// terminalCheck is the interval between checks that the terminal still exists.
const terminalCheck = time.Second

// watch ends the screen after a signal or when its terminal is gone. It must check this, because
// reading from such a terminal returns no error, and only the controlling terminal sends a signal.
func (c *Screen) watch(signals <-chan os.Signal, quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		case <-signals:
			c.willEnd()
			c.Quit()
		case <-time.After(terminalCheck):
			if !term.Is(c.out) {
				c.willEnd()
				c.Kill()
				return
			}
		}
	}
}

// capture feeds the screen until the input ends.
func (c *Screen) capture() error {
	err := c.feed.Run()
	end := top.Ended{}
	if err != nil {
		end.Why = textutil.Escape(err.Error())
	}
	c.Send(end)
	return err
}

// endWait is the maximum time that end waits for a read to return.
const endWait = 500 * time.Millisecond

// end ends the input, writes the numbers of packets and flows, and returns the input's error. It
// does not wait longer for a read from a pipe: the program's exit closes the pipe.
func (c *Screen) end(captured <-chan error) (err error) {
	c.feed.Stop()
	ended := true
	if c.live {
		err = <-captured
	} else {
		select {
		case err = <-captured:
		case <-time.After(endWait):
			ended = false
		}
	}
	if !c.live {
		packets, flows := c.feed.Read()
		term.Notice(c.notices, "%s, %s", textutil.Plural(packets, "packet"),
			textutil.Plural(flows, "flow"))
	}
	return errors.Join(err, c.feed.End(ended))
}

// notices collects the lines for standard error while the screen is shown. Each line appears on the
// screen, and also on standard error after the screen ends.
type notices struct {
	mu   sync.Mutex
	out  io.Writer
	late bytes.Buffer
	show func(string) // nil before and after the screen
}

func (n *notices) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.show == nil {
		return n.out.Write(p)
	}
	n.late.Write(p)
	n.show(strings.TrimSpace(strings.TrimPrefix(string(p), "portsniff: ")))
	return len(p), nil
}

// begin sends lines to the screen.
func (n *notices) begin(show func(string)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.show = show
}

// end writes the collected lines.
func (n *notices) end() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.show = nil
	_, err := n.late.WriteTo(n.out)
	return err
}

// Both joins two errors. If one is nil, it returns the other one unchanged.
func Both(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return errors.Join(a, b)
}
