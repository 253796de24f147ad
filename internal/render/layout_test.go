package render

import (
	"bytes"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
	"github.com/portsniff/portsniff/internal/textutil"
)

// rowsOf returns the lines of a table of texts in the given width, without its header.
func rowsOf(t *testing.T, width int, fold bool, cells ...string) []string {
	t.Helper()
	table := Table[[]string]{Fold: fold, Rows: slices.Values([]*[]string{&cells})}
	for i := range cells {
		table.Columns = append(table.Columns, Column[[]string]{Key: "c", Head: "c", Clip: i,
			Value: func(c *Cell, r *[]string) { c.Words((*r)[i]) }})
	}
	var b bytes.Buffer
	if _, err := table.text(&b, Style{Width: width}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	return lines[slices.IndexFunc(lines, func(s string) bool { return s[:1] == cells[0][:1] }):]
}

// TestFoldedRows checks that a row that continues in a new line continues under its second column.
func TestFoldedRows(t *testing.T) {
	lines := rowsOf(t, 16, true, "ab", "second", "third")
	if want := []string{"ab  second", "    third"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}

// TestClippedTextKeepsSomething checks that a shortened text keeps six columns at any width.
func TestClippedTextKeepsSomething(t *testing.T) {
	lines := rowsOf(t, 5, false, "ab", "a long text")
	if want := []string{"ab  a lon~"}; !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}

// TestNumbersAreRight checks that numbers and times are aligned with the end of their heading.
func TestNumbersAreRight(t *testing.T) {
	t.Setenv("TZ", "UTC")
	p := flow.Port{PortKey: flow.PortKey{Proto: decode.ProtoTCP, Port: 80},
		To:   flow.Count{Packets: 111_111_111, Bytes: 7},
		From: flow.Count{Packets: 222_222_222, Bytes: 9}, First: 0, Last: int64(time.Hour)}
	var b bytes.Buffer
	v := PortView{Ports: []flow.Port{p}}
	if err := v.Write(&b, FormatText, Style{Width: 200}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for head, cell := range map[string]string{"packets": "333333333", "to": "111111111",
		"from": "222222222", "first": "00:00:00", "last": "01:00:00"} {
		at := regexp.MustCompile(`\b` + head + `\b`).FindStringIndex(lines[0])
		below := regexp.MustCompile(cell + `\S*`).FindStringIndex(lines[1])
		if at == nil || below == nil || at[1] != below[1] {
			t.Errorf("%s ends at %v, %s at %v:\n%s", head, at, cell, below, b.String())
		}
	}
}

// TestAddressesStayWhole checks that each table of hosts fits from 40 columns on, and that no
// address or heading is split.
func TestAddressesStayWhole(t *testing.T) {
	host := func(n int) netip.Addr {
		return netip.MustParseAddr(fmt.Sprintf("2001:db8:1111:2222:3333:4444:5555:%x", 0xfff0+n))
	}
	table := hosts.New(1 << 20)
	for i := range 5 {
		k, _ := flow.KeyOf(decode.ProtoTCP, flow.Endpoint{Addr: host(i), Port: 50000},
			flow.Endpoint{Addr: host(9), Port: 8443})
		f := &flow.Flow{Key: k, FirstFrame: 1, Start: flow.NoTime, End: flow.NoTime}
		f.From[flow.A] = flow.Count{Packets: 123_456, Bytes: 12_345_678}
		f.Proofs[flow.B] = flow.Proof{Evidence: flow.Acceptance, Frame: 2}
		table.Add(f, flow.EndOfInput)
	}
	list, _, _ := table.Services()
	for name, write := range map[string]func(*bytes.Buffer, Style) error{
		"hosts": func(b *bytes.Buffer, s Style) error {
			return (&HostView{Hosts: table.Hosts(hosts.ByPackets)}).Write(b, FormatText, s)
		},
		"pairs": func(b *bytes.Buffer, s Style) error {
			v := &HostView{ByPairs: true, Pairs: table.Pairs(hosts.ByPackets)}
			return v.Write(b, FormatText, s)
		},
		"services": func(b *bytes.Buffer, s Style) error {
			return (&ServiceView{List: list}).Write(b, FormatText, s)
		},
	} {
		for _, width := range []int{40, 60, 80, 120, 200} {
			var b bytes.Buffer
			if err := write(&b, Style{Width: width, Group: true}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				n := textutil.Columns(strings.TrimSuffix(line, "\n"))
				if n > max(width, len("    ")+len(host(0).String())) {
					t.Errorf("%s, width %d: a line of %d columns:\n%s", name, width, n, b.String())
				}
			}
			for _, want := range []string{host(9).String(), "flows", map[string]string{
				"hosts": "open ports", "pairs": "of packets", "services": "port/proto"}[name]} {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%s, width %d: no %q in\n%s", name, width, want, b.String())
				}
			}
		}
	}
}
