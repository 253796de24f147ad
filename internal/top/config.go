package top

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// A Config contains a user's preferences. The zero value contains the defaults.
type Config struct {
	View    string              // shown first; "" for ports
	Window  string              // of average rates; "" for 60 s, or for all of a file
	Color   string              // auto, always or never; "" for auto
	Mouse   bool                // on at the start
	Columns map[string][]string // by view, in order; a view that is missing shows all columns
	Rules   []Rule              // all rules; nil for Rules()
	Keys    map[string][]string // by action; an action that is missing has its default keys
}

// Maximum thresholds of rules in a configuration.
const (
	maxCount  = maxTargets / 2
	maxWithin = time.Hour
)

// ParseConfig parses a configuration in TOML. Every name in it must exist. Errors begin with a line
// number if it is known.
func ParseConfig(text []byte) (Config, error) {
	var file struct {
		View, Window, Color string
		Mouse               bool
		Columns             map[string][]string
		Alerts              map[string]struct {
			On     *bool
			Count  *int
			Within *string
		}
		Keys map[string][]string
	}
	d := toml.NewDecoder(bytes.NewReader(text))
	if err := d.DisallowUnknownFields().Decode(&file); err != nil {
		return Config{}, tomlError(err)
	}
	c := Config{View: file.View, Window: file.Window, Color: file.Color, Mouse: file.Mouse,
		Columns: file.Columns, Keys: file.Keys, Rules: Rules()}
	for _, name := range sortedKeys(file.Alerts) {
		a := file.Alerts[name]
		i := slices.IndexFunc(c.Rules, func(r Rule) bool { return r.Name == name })
		if i < 0 {
			return c, noSuch("alerts", name, RuleNames())
		}
		if err := c.Rules[i].set(a.On, a.Count, a.Within); err != nil {
			return c, fmt.Errorf("alerts.%s: %w", name, err)
		}
	}
	return c, c.check()
}

// set changes a rule to the values in a configuration. nil means that a value is missing there.
func (r *Rule) set(on *bool, count *int, within *string) error {
	r.Off = on != nil && !*on
	if count != nil {
		if r.Count == 0 || *count < 1 || *count > maxCount {
			return fmt.Errorf("count = %d: %s", *count, has(r.Count > 0,
				fmt.Sprintf("from 1 to %d", maxCount)))
		}
		r.Count = *count
	}
	if within == nil {
		return nil
	}
	d, err := time.ParseDuration(*within)
	if err != nil || r.Within == 0 || d < time.Second || d > maxWithin {
		return fmt.Errorf("within = %q: %s", *within, has(r.Within > 0,
			"a time such as 30s or 5m, from 1s to 1h"))
	}
	r.Within = d
	return nil
}

// has returns a text about the allowed values of a threshold. can means that the rule has this
// threshold.
func has(can bool, what string) string {
	if can {
		return "it must be " + what
	}
	return "this rule has no such threshold"
}

// tomlError adds the line number to an error of the TOML parser.
func tomlError(err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		row, _ := unknown.Errors[0].Position()
		return fmt.Errorf("line %d: unknown name %q", row,
			strings.Join(unknown.Errors[0].Key(), "."))
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, _ := wrong.Position()
		if key := strings.Join(wrong.Key(), "."); key != "" { // the error's text names Go types
			return fmt.Errorf("line %d: %s: wrong type of value", row, key)
		}
		return fmt.Errorf("line %d: %s", row, strings.TrimPrefix(wrong.Error(), "toml: "))
	}
	return err
}

// Windows returns the names of all windows in a configuration.
func Windows() []string { return []string{"10s", "60s", "5min", "all"} }

// colorChoices are the allowed values of color.
var colorChoices = []string{"auto", "always", "never"}

// check returns an error if a name does not exist.
func (c *Config) check() error {
	for _, x := range []struct {
		key, value string
		list       []string
	}{{"view", c.View, viewKeys()}, {"window", c.Window, append(Windows(), "auto")},
		{"color", c.Color, colorChoices}} {
		if x.value != "" && !slices.Contains(x.list, x.value) {
			return noSuch(x.key, x.value, x.list)
		}
	}
	for _, name := range sortedKeys(c.Columns) {
		v, ok := viewOf(name)
		if !ok {
			return noSuch("columns", name, viewKeys())
		}
		for i, column := range c.Columns[name] {
			if !slices.Contains(v.Columns(), column) {
				return noSuch("columns."+name, column, v.Columns())
			}
			if slices.Contains(c.Columns[name][:i], column) {
				return fmt.Errorf("columns.%s: %q is listed twice", name, column)
			}
		}
	}
	k := newKeys(true)
	return k.set(c.Keys)
}

func noSuch(where, name string, list []string) error {
	return fmt.Errorf("%s: %q is not one of %s", where, name, strings.Join(list, ", "))
}

// key returns the name of a view in a configuration and on the command line.
func (v View) key() string { return strings.ToLower(v.String()) }

func viewKeys() (names []string) {
	for _, v := range Views() {
		names = append(names, v.key())
	}
	return names
}

// viewOf returns the view with a name.
func viewOf(name string) (View, bool) {
	i := slices.Index(viewKeys(), name)
	return View(max(i, 0)), i >= 0
}

// window returns the configured window, or other if there is none.
func (c *Config) window(other Window) Window {
	if i := slices.Index(Windows(), c.Window); i >= 0 {
		return Window(i)
	}
	return other
}

// Write writes the whole configuration as TOML that ParseConfig reads, with comments.
func (c *Config) Write(w io.Writer) error {
	var b strings.Builder
	line := func(key, value, comment string) {
		fmt.Fprintf(&b, "%s = %s  # %s\n", key, value, comment)
	}
	orElse := func(value, other string) string {
		if value == "" {
			return strconv.Quote(other)
		}
		return strconv.Quote(value)
	}
	line("view", orElse(c.View, "ports"), "shown first: "+strings.Join(viewKeys(), ", "))
	line("window", orElse(c.Window, "auto"), "of rates: "+strings.Join(Windows(), ", ")+
		"; auto: 60s, all for files")
	line("color", orElse(c.Color, "auto"), strings.Join(colorChoices, ", "))
	line("mouse", strconv.FormatBool(c.Mouse), "key m changes it")

	b.WriteString("\n# What each view shows, from left to right, the first column in any case.\n" +
		"[columns]\n")
	for _, v := range Views() {
		list, ok := c.Columns[v.key()]
		if !ok {
			list = v.Columns()
		}
		fmt.Fprintf(&b, "%s = %s\n", v.key(), quotedList(list))
	}
	rules := c.Rules
	if rules == nil {
		rules = Rules()
	}
	for _, r := range rules {
		fmt.Fprintf(&b, "\n# %s\n[alerts.%s]\non = %t\n", r.Finds, r.Name, !r.Off)
		if r.Count > 0 {
			fmt.Fprintf(&b, "count = %d\n", r.Count)
		}
		if r.Within > 0 {
			fmt.Fprintf(&b, "within = \"%gs\"\n", r.Within.Seconds())
		}
	}
	b.WriteString("\n# ctrl+c always quits; 1 to 6 show a view.\n[keys]\n")
	k := newKeys(false)
	if err := k.set(c.Keys); err != nil {
		return err
	}
	for _, a := range k.actions() {
		line(a.name, quotedList(a.Keys()), a.Help().Desc)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// quotedList writes a list of TOML strings.
func quotedList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func sortedKeys[V any](m map[string]V) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
