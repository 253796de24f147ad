package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
)

// A feed gives packets to the screen.
type feed interface {
	run() error             // until the input ends or stop is called
	stop()                  // may be called from any goroutine
	counts() *top.Engine    // what was counted
	locked(func())          // calls a function between two packets
	close(ended bool) error // ended: run has returned
	read() (packets, flows uint64)
}

// A screen is the program on the terminal.
type screen struct {
	*tea.Program
	feed    feed
	live    bool
	notices *notices
	out     *os.File // the terminal

	suspends bool          // a shell waits for this job
	asked    chan struct{} // the user wants to suspend
}

// run shows a capture until the user quits.
func (f *topFlags) run(cmd *cobra.Command, in *input, view top.View) (err error) {
	keys, out, err := openScreen(cmd)
	if err != nil {
		return err
	}
	// before the sandbox: the first may start a program
	profile, suspends := colorprofile.Detect(out, os.Environ()), canSuspend()
	n := &notices{out: cmd.ErrOrStderr()}
	cmd.SetErr(n)
	in.sandbox.keys, in.keeps = true, top.Memory
	opt, err := in.options(cmd, false)
	if err != nil {
		return err
	}
	c := &screen{notices: n, out: out, suspends: suspends, asked: make(chan struct{}, 1)}
	alerts, err := f.alerts.open(cmd, in)
	if err != nil {
		return errors.Join(err, opt.Source.Close())
	}
	files, cannotSave := in.maker(cmd, ".", regexp.MustCompile(top.SaveNames))
	if cannotSave == nil {
		defer func() { err = both(err, files.Close()) }()
	}
	screenOptions, err := c.open(cmd, in, opt)
	if err != nil {
		return errors.Join(err, opt.Source.Close())
	}
	if screenOptions.Save = saver(files); cannotSave != nil { // all else works
		screenOptions.Save = func(string, func(io.Writer) error) (string, error) {
			return "", cannotSave
		}
	}
	screenOptions.Config = f.prefers
	c.feed.counts().SetRules(f.prefers.Rules)
	c.feed.counts().OnAlert(alerts.add)
	m := top.New(screenOptions)
	m.Show(view)
	c.Program = tea.NewProgram(m, tea.WithInput(keys), tea.WithOutput(out),
		tea.WithColorProfile(profile), tea.WithoutSignalHandler())
	return both(c.run(), alerts.close())
}

// saver makes files in the working directory.
func saver(files outfile.Maker) top.Saver {
	return func(ending string, write func(io.Writer) error) (string, error) {
		name := top.SaveName(time.Now(), ending)
		out, err := files.Create(name)
		if err != nil {
			return name, err
		}
		if err := write(out); err != nil {
			return name, errors.Join(err, out.Discard())
		}
		return name, out.Commit()
	}
}

// open makes what feeds the screen, and closes the sandbox.
func (c *screen) open(cmd *cobra.Command, in *input, opt pipeline.Options) (top.Options, error) {
	_, c.live = opt.Source.(*pipeline.Live)
	if !c.live && !in.piped() {
		p := newPlayer(cmd, in, opt)
		c.feed = p
		o := in.topOptions(cmd, p, nil)
		o.Player = p
		c.canPause(&o)
		return o, in.confine(cmd, nil)
	}
	opt.Signals = c.live // a signal must not stop the screen between two packets of a pipe
	p := pipeline.New(opt)
	if err := errors.Join(in.watchProcesses(cmd, p), in.confine(cmd, nil)); err != nil {
		return top.Options{}, err
	}
	c.feed = newStreaming(p)
	o := in.topOptions(cmd, c.feed, p.Live())
	c.canPause(&o)
	return o, nil
}

func (c *screen) canPause(o *top.Options) {
	if !c.suspends {
		return
	}
	o.Pause = func() {
		select {
		case c.asked <- struct{}{}:
		default:
		}
	}
}

// run shows the screen while packets come, and ends both.
func (c *screen) run() error {
	// Send waits until the program runs, and whoever writes a notice may hold a lock it needs.
	c.notices.begin(func(text string) { go c.Send(top.Notice(text)) })
	quit, signals := make(chan struct{}), make(chan os.Signal, 1)
	pipeline.NotifyStop(signals)
	defer signal.Stop(signals)
	go handleSuspend(c.Program, c.suspends, c.asked, quit)
	go c.watch(signals, quit)
	captured := make(chan error, 1)
	go func() { captured <- c.capture() }()
	_, err := c.Run()
	close(quit)
	if err != nil {
		err = fmt.Errorf("the terminal: %w", err)
	}
	ended := c.end(captured)
	return both(c.notices.end(), both(err, ended))
}

// terminalCheck is how often the terminal is looked for.
const terminalCheck = time.Second

// watch ends the screen after a signal, or when its terminal is gone: reading from it then gives no
// error, and a terminal that is not the controlling one sends no signal.
func (c *screen) watch(signals <-chan os.Signal, quit <-chan struct{}) {
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
func (c *screen) capture() error {
	err := c.feed.run()
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
func (c *screen) end(captured <-chan error) (err error) {
	c.feed.stop()
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
		packets, flows := c.feed.read()
		term.Notice(c.notices, "%s, %s", textutil.Plural(packets, "packet"),
			textutil.Plural(flows, "flow"))
	}
	return errors.Join(err, c.feed.close(ended))
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
