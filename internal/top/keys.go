package top

import "charm.land/bubbles/v2/key"

// A keyMap holds the keys of the program. The help overlay is made from it.
type keyMap struct {
	View, Next, Previous                key.Binding
	Up, Down, PageUp, PageDown          key.Binding
	Top, Bottom                         key.Binding
	Enter, Back, Anatomy                key.Binding
	Filter, Sort, Reverse, Window       key.Binding
	Space, Left, Right, Faster, Slower  key.Binding
	Copy, Save, Mouse, Help             key.Binding
	Suspend, Quit                       key.Binding
	FieldLeft, FieldRight, PacketChange key.Binding
}

func bind(help, what string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, what))
}

// newKeys returns the keys. A capture that is read from a file has a time line.
func newKeys(file bool) keyMap {
	k := keyMap{
		View:     bind("1 to 6", "show that view", "1", "2", "3", "4", "5", "6"),
		Next:     bind("Tab", "next view", "tab"),
		Previous: bind("Shift-Tab", "view before", "shift+tab"),
		Up:       bind("Up, k", "row above", "up", "k"),
		Down:     bind("Down, j", "row below", "down", "j"),
		PageUp:   bind("PgUp", "screen above", "pgup", "ctrl+b"),
		PageDown: bind("PgDn", "screen below", "pgdown", "ctrl+f"),
		Top:      bind("Home, g", "first row", "home", "g"),
		Bottom:   bind("End, G", "last row", "end", "G"),
		Enter:    bind("Enter", "look into the row", "enter"),
		Back:     bind("Esc", "back", "esc", "alt+esc", "backspace"),
		Anatomy:  bind("e", "draw the row's latest packet", "e"),
		Filter:   bind("/", "filter", "/"),
		Sort:     bind("s", "sort by the next column", "s"),
		Reverse:  bind("S", "reverse the order", "S"),
		Window:   bind("t", "change the window", "t"),
		Space:    bind("Space", "freeze the screen", "space"),
		Copy:     bind("c", "copy the row's command", "c"),
		Save:     bind("w", "save packets or rows", "w"),
		Mouse:    bind("m", "mouse on or off", "m"),
		Help:     bind("?", "these keys", "?", "f1"),
		Suspend:  bind("Ctrl-Z", "suspend", "ctrl+z"),
		Quit:     bind("q, Ctrl-C", "quit", "q", "ctrl+c"),

		FieldLeft:    bind("Left, Right", "in a packet: other field", "left", "h"),
		FieldRight:   bind("Right", "", "right", "l"),
		PacketChange: bind("Up, Down", "in a packet: other packet", "up", "down"),
	}
	if file {
		k.Space = bind("Space", "play or pause", "space")
		k.Left = bind("Left, Right", "move in time", "left")
		k.Right = bind("Right", "", "right")
		k.Faster = bind("+, -", "play faster or slower", "+", "=")
		k.Slower = bind("-", "", "-")
	}
	return k
}

// all returns the keys that the help shows, in two columns.
func (k *keyMap) all() [2][]key.Binding {
	second := []key.Binding{k.Space, k.Left, k.Faster, k.Filter, k.Sort, k.Reverse, k.Window,
		k.Copy, k.Save, k.Mouse, k.Help, k.Suspend, k.Quit}
	return [2][]key.Binding{{k.View, k.Next, k.Previous, k.Up, k.Down, k.PageUp, k.PageDown,
		k.Top, k.Bottom, k.Enter, k.Back, k.Anatomy, k.FieldLeft}, second}
}
