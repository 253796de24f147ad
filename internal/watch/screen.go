// Package watch runs the screens of package top on a terminal, feeds them from a file, a pipe or an
// interface, and logs alerts.
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

// A Feed gives packets to the screen.
type Feed interface {
	Run() error           // until the input ends or Stop is called
	Stop()                // may be called from any goroutine
	Counts() *top.Engine  // what was counted
	Between(func())       // calls a function between two packets
	End(ended bool) error // ended: Run has returned
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

	suspends bool          // a shell waits for this job
	asked    chan struct{} // the user wants to suspend
}

// OpenScreen finds the terminal: it shows what is written to out, and gives keys where in gives
// none. status is for what is said when the screen is gone. It comes before the sandbox, for it may
// start a program.
func OpenScreen(in io.Reader, out, status io.Writer) (*Screen, error) {
	c := &Screen{asked: make(chan struct{}, 1), suspends: canSuspend(),
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

// Status takes what a command says while the screen is shown.
func (c *Screen) Status() io.Writer { return c.notices }

// Pause returns what suspends the program, nil where no shell waits for it.
func (c *Screen) Pause() func() {
	if !c.suspends {
		return nil
	}
	return func() {
		select {
		case c.asked <- struct{}{}:
		default:
		}
	}
}

// Run shows the screen while packets come, and ends both. live says that they come from an
// interface.
func (c *Screen) Run(m *top.Model, feed Feed, live bool) error {
	c.feed, c.live = feed, live
	c.Program = tea.NewProgram(m, tea.WithInput(c.keys), tea.WithOutput(c.out),
		tea.WithColorProfile(c.profile), tea.WithoutSignalHandler())
	// Send waits until the program runs, and whoever writes a notice may hold a lock it needs.
	c.notices.begin(func(text string) { go c.Send(top.Notice(text)) })
	quit, signals := make(chan struct{}), make(chan os.Signal, 1)
	pipeline.NotifyStop(signals)
	defer signal.Stop(signals)
	go handleSuspend(c.Program, c.suspends, c.asked, quit)
	go c.watch(signals, quit)
	captured := make(chan error, 1)
	go func() { captured <- c.capture() }()
	_, err := c.Program.Run()
	close(quit)
	if err != nil {
		err = fmt.Errorf("the terminal: %w", err)
	}
	ended := c.end(captured)
	return Both(c.notices.end(), Both(err, ended))
}

// terminalCheck is how often the terminal is looked for.
const terminalCheck = time.Second

// watch ends the screen after a signal, or when its terminal is gone: reading from it then gives no
// error, and a terminal that is not the controlling one sends no signal.
func (c *Screen) watch(signals <-chan os.Signal, quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		case <-signals:
			c.Quit()
		case <-time.After(terminalCheck):
			if !term.Is(c.out) {
				c.Kill()
				return
			}
		}
	}
}

// capture feeds the screen until the input ends.
func (c *Screen) capture() error {
	err := c.feed.Run()
	switch {
	case err != nil:
		c.Send(top.Notice("the input has ended: " + textutil.Escape(err.Error())))
	default:
		c.Send(top.Notice("the input has ended"))
	}
	return err
}

// endWait is how long the end waits for a read to return.
const endWait = 500 * time.Millisecond

// end ends the input, says how much there was, and returns what went wrong in it. A read that waits
// for a pipe is left alone: the program's end closes it.
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

// notices keeps what a command says on standard error while the screen is shown. A line goes to the
// screen, and again to standard error when that is over.
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

// end writes what was said meanwhile.
func (n *notices) end() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.show = nil
	_, err := n.late.WriteTo(n.out)
	return err
}

// Both joins two errors. One alone stays what it is.
func Both(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return errors.Join(a, b)
}
