package top

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/internal/render"
)

// Times of a Model.
const (
	refreshEvery = 200 * time.Millisecond
	settle       = 2 * time.Second // minimum time that a row keeps its position
	messageTime  = 5 * time.Second
	current      = 10 * time.Second // maximum delay of packets in a running capture
)

// Options configure a Model.
type Options struct {
	Engine  *Engine
	Locked  func(func()) // calls a function while no other goroutine uses Engine
	Name    string       // of the interface or file, safe for a terminal
	Live    bool
	Piped   bool                          // packets come from a pipe and may still arrive
	Style   render.Style                  // Width is not used
	Private bool                          // addresses are not the real ones
	Lost    func() (lost uint64, ok bool) // packets lost so far; nil if none can be lost
	Player  Player                        // moves in a file's time; nil for a live capture
	Source  []string                      // flags that read the same input, for commands to copy
	Now     func() time.Time
	Pause   func() // suspends the program; nil if that is not possible
	Save    Saver  // nil if files cannot be created
	Config  Config // a valid configuration, or the zero value
}

// A Player moves through the packets of a file. Its methods return at once.
type Player interface {
	Position() Position
	Play(bool)
	MoveTo(nanos int64) // nanoseconds since 1970
	Speed(faster bool)  // doubles or halves the speed
	Recount()           // counts all packets up to the position again
}

// A Position is the state of a Player.
type Position struct {
	First, Now, Last int64 // nanoseconds since 1970; Last is 0 until the whole file was read once
	Playing, Reading bool
	Speed            float64
	Step             int64 // minimum move, in nanoseconds
	CanSeekBack      bool
	Err              string // error that stopped reading early, "" if there was none
}

// A Model is the state of the program on the terminal.
type Model struct {
	opt    Options
	keys   keyMap
	width  int
	height int

	path    []place // the last one is shown
	sort    [views]int
	reverse [views]bool
	window  Window
	sorted  time.Time // time when rows were last sorted

	page   *Page
	rows   [][]string // cells of the rows from first on
	first  int        // index of the row at the top
	layout layout
	status status

	frozen  bool
	still   [][]string // cells of all rows of a frozen screen
	packet  *anatomy   // nil if no packet is drawn
	filter  line
	typing  bool
	wrong   []string // error lines of the filter
	offers  []string // possible completions of the word before the cursor
	help    bool
	saving  bool // the next key selects what to save
	picking bool // the next keys show and hide columns
	columns [views][]string
	mouse   bool
	ended   bool   // no more packets come
	why     string // error that ended the input, "" if there was none
	message string
	until   time.Time // time when the message disappears
}

// New returns a Model that shows the ports.
func New(opt Options) *Model {
	m := &Model{opt: opt, keys: newKeys(opt.Player != nil), width: 80, height: 24,
		path: []place{{view: Ports}}, window: Minute, mouse: opt.Config.Mouse}
	if !opt.Live && !opt.Piped {
		m.window = Always
	}
	m.window = opt.Config.window(m.window)
	_ = m.keys.set(opt.Config.Keys) // a valid configuration has no errors
	for v := range views {
		m.columns[v] = opt.Config.Columns[v.key()]
	}
	m.refresh()
	return m
}

type tick struct{}

func nextTick() tea.Cmd {
	return tea.Tick(refreshEvery, func(time.Time) tea.Msg { return tick{} })
}

// Init starts the refresh timer.
func (m *Model) Init() tea.Cmd { return nextTick() }

// Update handles a message: a key, a size, the mouse, a notice or a tick.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = max(msg.Width, 1), max(msg.Height, 1)
		m.redraw()
	case tick:
		m.refresh()
		return m, nextTick()
	case Notice:
		m.say(string(msg))
	case Ended:
		m.ended, m.why = true, msg.Why
		m.redraw()
	case tea.MouseWheelMsg:
		m.wheel(msg.Button)
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft {
			m.click(msg.X, msg.Y)
		}
	case tea.PasteMsg:
		if m.typing {
			m.filter.insert(msg.Content)
		}
	case tea.KeyPressMsg:
		return m, m.press(msg)
	}
	return m, nil
}

// Ended is the message that no more packets will come. Why is the error that ended the input, safe
// for a terminal, "" at its normal end.
type Ended struct{ Why string }

// A Notice is a line about what the program does, safe for a terminal.
type Notice string

// say shows a message for messageTime.
func (m *Model) say(text string) { m.message, m.until = text, m.opt.Now().Add(messageTime) }

// query returns the query for the current place.
func (m *Model) query() *Query {
	h := m.here()
	return &Query{View: h.view, Scope: h.scope, Window: m.window, Sort: m.sort[h.view],
		Reverse: m.reverse[h.view], Unicode: m.opt.Style.Unicode, Width: m.width - 2,
		Columns: m.columns[h.view]}
}

// windowName returns the name of the window.
func (m *Model) windowName() string { return m.window.Of(time.Duration(m.opt.Engine.step)) }

// refresh updates the screen from the engine, unless it is frozen.
func (m *Model) refresh() {
	if !m.opt.Now().Before(m.until) {
		m.message = ""
	}
	if m.frozen && m.page != nil {
		return
	}
	m.redraw()
}

// redraw updates the screen from the engine.
func (m *Model) redraw() {
	now := m.opt.Now()
	m.opt.Locked(func() { m.look(now) })
	m.layout.update(m.page.Columns, m.rows, m.width-1, m.small())
}

// look reads the values for the screen from the engine.
func (m *Model) look(now time.Time) {
	e := m.opt.Engine
	if e.begun && !m.ended &&
		(m.opt.Live || m.opt.Piped && now.UnixNano()-e.now < int64(current)) {
		e.Tick(now.UnixNano())
	}
	q := m.query()
	if m.page != nil && now.Sub(m.sorted) < settle && !m.waits() {
		q.Keep = m.page.Order
	} else {
		m.sorted = now
	}
	if !m.frozen || m.still == nil {
		m.page = e.Rows(q)
		m.status = m.measure()
		m.still = nil
	}
	if m.frozen && m.still == nil {
		m.still = make([][]string, len(m.page.Order))
		for i := range m.still {
			m.still[i] = m.page.Row(i)
		}
	}
	m.scroll()
	m.rows = m.rows[:0]
	for i := m.first; i < min(m.first+m.visibleRows(), len(m.page.Order)); i++ {
		if m.still != nil {
			m.rows = append(m.rows, m.still[i])
			continue
		}
		m.rows = append(m.rows, m.page.Row(i))
	}
}

// waits reports whether rows change only when the user does something.
func (m *Model) waits() bool {
	return m.opt.Player != nil && !m.opt.Player.Position().Playing
}

// resort sorts the rows again and redraws the screen.
func (m *Model) resort() {
	m.sorted, m.still = time.Time{}, nil
	m.layout = layout{}
	m.redraw()
}
