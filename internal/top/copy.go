package top

import (
	"fmt"
	"net/netip"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
)

// copy copies the command that shows the selected row's packets to the clipboard, with the
// terminal's sequence OSC 52. It also shows the command, because not every terminal supports this.
func (m *Model) copy() tea.Cmd {
	words, ok := m.command()
	if _, port := m.here().selected.(PortID); m.opt.Private && (!port || m.packet != nil) {
		m.say("a filter cannot name this row: its addresses are not the real ones")
		return nil
	}
	if !ok {
		m.say("a filter cannot name this row")
		return nil
	}
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	text := strings.Join(words, " ")
	m.say("copied: " + textutil.Escape(text))
	return tea.SetClipboard(text)
}

// command returns the words of a command that shows the row's packets, or for a store the flows of
// the row's hosts.
func (m *Model) command() (words []string, ok bool) {
	words = append([]string{"portsniff"}, m.opt.Source...)
	if !m.opt.Engine.stored {
		expr, ok := m.expression()
		return append(words, expr), ok
	}
	words = append([]string{"portsniff", "flows"}, m.opt.Source...)
	switch id := m.here().selected.(type) {
	case flow.Key:
		return append(words, "--host", id.A.Addr.String(), "--proto", id.Proto.String()),
			id.A.Addr.IsValid()
	case netip.Addr:
		return append(words, "--host", id.String()), true
	}
	return nil, false
}

// expression returns a filter in tcpdump's language that selects the row.
func (m *Model) expression() (string, bool) {
	if m.packet != nil && m.packet.key != (flow.Key{}) {
		return flowExpression(m.packet.key)
	}
	switch id := m.here().selected.(type) {
	case PortID:
		if id.None {
			return "", false
		}
		return portExpression(id.PortKey), true
	case flow.Key:
		return flowExpression(id)
	case netip.Addr:
		return "host " + id.WithZone("").String(), true
	case int64:
		if s := m.here().scope; s.Flow != nil {
			return flowExpression(*s.Flow)
		}
	}
	return "", false
}

// portExpression returns a filter that selects a port. tcpdump's language has no word for ports of
// UDP-Lite and DCCP.
func portExpression(k flow.PortKey) string {
	switch k.Proto {
	case decode.ProtoTCP, decode.ProtoUDP, decode.ProtoSCTP:
		return fmt.Sprintf("%s port %d", k.Proto, k.Port)
	}
	return fmt.Sprintf("port %d", k.Port)
}

func flowExpression(k flow.Key) (string, bool) {
	if !k.A.Addr.IsValid() {
		return "", false
	}
	return fmt.Sprintf("host %s and host %s and %s and port %d", k.A.Addr, k.B.Addr,
		portExpression(flow.PortKey{Proto: k.Proto, Port: k.A.Port}), k.B.Port), true
}

// shellQuote quotes a word for a POSIX shell if needed.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./:,+@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
