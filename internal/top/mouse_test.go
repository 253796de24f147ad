package top_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// click clicks on the last character of a text, on the first line that contains it.
func (v *terminal) click(text string) {
	v.t.Helper()
	for y, line := range strings.Split(v.text(), "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			v.Update(tea.MouseClickMsg{Button: tea.MouseLeft, Y: y,
				X: ansi.StringWidth(before+text) - 1})
			return
		}
	}
	v.t.Fatalf("no line has %q:\n%s", text, v.text())
}

// A click selects the row under it. A click on the selected row opens it.
func TestClick(t *testing.T) {
	v := open(t, "services", nil)
	for _, port := range []string{"25/tcp", "21/tcp"} {
		v.click(port)
		v.has(`▌` + port)
	}
	v.click("21/tcp")
	v.has(`Ports › 21/tcp ftp`)
}

// A click on the name of a view shows it, also where only numbers fit.
func TestClickView(t *testing.T) {
	v := open(t, "services", nil)
	v.click("3 Hosts")
	v.has(`\[3 Hosts\]`)
	v.click("1 Ports")
	v.has(`\[1 Ports\]`)
	v.press("e")
	v.click("5 Packets")
	v.has(`\[5 Packets\]`)
	v.size(62, 24)
	v.click("2 Flows")
	v.has(`\[2 Flows\]`)
	v.size(58, 24) // the names of all views take 60 columns
	v.click(" 6")
	v.has(`\[6 Alerts\]`)
}

// A click on a heading sorts by the column, and a second one reverses the order.
func TestClickHeading(t *testing.T) {
	v := open(t, "services", nil)
	v.click("PORT")
	v.has(`▼PORT `)
	if got := v.column(); !slices.Equal(got, servicePorts) {
		t.Errorf("by port: %v", got)
	}
	v.click("PORT")
	back := slices.Clone(servicePorts)
	slices.Reverse(back)
	if got := v.column(); !slices.Equal(got, back) {
		t.Errorf("reversed: %v", got)
	}
	v.click("RANGE") // there is no order by range
	v.has(`▲PORT `)
	v.click("FLOWS")
	v.has(`▼FLOWS`)
	if got := v.column(); got[0] != "123/udp" { // the only port with two flows
		t.Errorf("by flows: %v", got)
	}
}

// Sums of two columns mark both. A click on one of them sorts by it alone, if that is possible.
func TestClickHeadingOfSum(t *testing.T) {
	v := open(t, "services", nil)
	v.press("2")
	v.has(`▼↑ BIT/S +▼↓ BIT/S`)
	v.press("3")
	v.has(`▼SENT BIT/S +▼RECV BIT/S`)
	v.click("RECV BIT/S")
	v.has(` SENT BIT/S +▼RECV BIT/S`)
}

// The wheel moves the selection by three rows.
func TestWheel(t *testing.T) {
	v := open(t, "services", nil)
	rows := v.column()
	v.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	v.has(`▌` + regexp.QuoteMeta(rows[3]))
	v.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	v.has(`▌` + regexp.QuoteMeta(rows[0]))
	v.press("e")
	v.size(80, 24)
	v.press("pgup", "pgup", "pgup", "pgup", "pgup", "pgup")
	top := v.text()
	v.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if v.text() == top {
		t.Errorf("the drawing does not scroll:\n%s", top)
	}
}
