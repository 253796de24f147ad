package top

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/internal/render"
)

// Times of a Model.
const (
	refreshEvery = 200 * time.Millisecond
	settle       = 2 * time.Second // that a row keeps its place at least
	messageTime  = 5 * time.Second
	current      = 10 * time.Second // that packets of a capture that goes on are late at most
)

// Options say what a Model shows, and how.
type Options struct {
	Engine *Engine
	Locked func(func()) // calls a function while nobody else uses Engine
	Name   string       // of the interface or file, safe for a terminal
	Live   bool
	Piped  bool                          // packets may still be on their way from another program
	Style  render.Style                  // Width is not used
	Lost   func() (lost uint64, ok bool) // packets lost so far; nil where none can be
	Player Player                        // moves in a file's time; nil for a live capture
	Source []string                      // flags that read the same input, for commands to copy
	Now    func() time.Time
	Pause  func() // suspends the program; nil where that is not possible
	Save   Saver  // nil where files cannot be made
	Config Config // what the user prefers: a valid configuration, or its zero value
}

// A Player moves through the packets of a file. Its methods return at once.
type Player interface {
	Position() Position
	Play(bool)
	MoveTo(nanos int64) // nanoseconds since 1970
	Speed(faster bool)  // twice as fast, or half
	Recount()           // counts all packets up to the position anew
}

// A Position is where a Player is.
type Position struct {
	First, Now, Last int64 // nanoseconds since 1970; Last is 0 until the whole file was read once
	Playing, Reading bool
	Speed            float64
	Step             int64 // least move, in nanoseconds
	CanSeekBack      bool
	Err              string // why reading stopped early, "" if it did not
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
	sorted  time.Time // when rows were last put in order

	page   *Page
	rows   [][]string // cells of the rows from first on
	first  int        // index of the row at the top
	layout layout
	status status

	frozen  bool
	still   [][]string // cells of all rows of a frozen screen
	packet  *anatomy   // nil where no packet is drawn
	filter  line
	typing  bool
	wrong   []string // what is wrong with the filter
	offers  []string // words that the one before the cursor can become
	help    bool
	saving  bool // the next key says what to save
	picking bool // the next keys show and hide columns
	columns [views][]string
	mouse   bool
	message string
	until   time.Time // when the message goes
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

// Init starts the refreshing.
func (m *Model) Init() tea.Cmd { return nextTick() }

// Update takes a key, a size or the time.
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
	case tea.MouseWheelMsg:
		m.wheel(msg.Button)
	case tea.MouseClickMsg:
		m.click(msg.Y)
	case tea.PasteMsg:
		if m.typing {
			m.filter.insert(msg.Content)
		}
	case tea.KeyPressMsg:
		return m, m.press(msg)
	}
	return m, nil
}

// A Notice is a line about what the program does, safe for a terminal.
type Notice string

// say shows a message for a while.
func (m *Model) say(text string) { m.message, m.until = text, m.opt.Now().Add(messageTime) }

// query is what the place that is shown asks for.
func (m *Model) query() *Query {
	h := m.here()
	return &Query{View: h.view, Scope: h.scope, Window: m.window, Sort: m.sort[h.view],
		Reverse: m.reverse[h.view], Unicode: m.opt.Style.Unicode, Spark: sparkWidth(m.width),
		Width: m.width - 2, Columns: m.columns[h.view]}
}

// windowName names the window.
func (m *Model) windowName() string { return m.window.Of(time.Duration(m.opt.Engine.step)) }

// sparkWidth is the number of columns that the sparkline of a row has.
func sparkWidth(width int) int {
	switch {
	case width >= 160:
		return 30
	case width >= 110:
		return 20
	}
	return 15
}

// refresh looks at the capture anew, unless the screen is frozen.
func (m *Model) refresh() {
	if !m.opt.Now().Before(m.until) {
		m.message = ""
	}
	if m.frozen && m.page != nil {
		return
	}
	m.redraw()
}

// redraw looks at the capture anew.
func (m *Model) redraw() {
	now := m.opt.Now()
	m.opt.Locked(func() { m.look(now) })
	m.layout.update(m.page.Columns, m.rows, m.width-1, m.small())
}

// look takes from the engine what the screen shows.
func (m *Model) look(now time.Time) {
	e := m.opt.Engine
	if m.opt.Live && e.begun || m.opt.Piped && e.begun && now.UnixNano()-e.now < int64(current) {
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
	for i := m.first; i < min(m.first+m.room(), len(m.page.Order)); i++ {
		if m.still != nil {
			m.rows = append(m.rows, m.still[i])
			continue
		}
		m.rows = append(m.rows, m.page.Row(i))
	}
}

// waits reports whether rows change only by what the user does.
func (m *Model) waits() bool {
	return m.opt.Player != nil && !m.opt.Player.Position().Playing
}

// resort puts the rows in order at the next look.
func (m *Model) resort() {
	m.sorted, m.still = time.Time{}, nil
	m.layout = layout{}
	m.redraw()
}
