package top_test

import "testing"

// Tab completes names of --where, words of tcpdump's language, and services.
func TestComplete(t *testing.T) {
	for _, c := range []struct{ typed, want string }{
		{"client.p", `^/ client\.port +$`},
		{"portr", `^/ portrange +$`},
		{"not src.h", `^/ not src\.host +$`},
		{"kerb", `^/ kerberos`},
		{"len > 100 and tcp.flags.sy", `^/ len > 100 and tcp\.flags\.syn +$`},
		{`service == "https" or cli`, `^/ service == "https" or client +$`},
		{"zzz", `^/ zzz *$`},
		{"port ", `^/ port *$`},
		{"\u00e9", `^/ \x{e9} *$`},
	} {
		v := open(t, "services", nil)
		v.press("/", c.typed, "tab")
		v.has(c.want)
	}
}

// Several possible words are listed under the line until the next key.
func TestCompleteLists(t *testing.T) {
	v := open(t, "services", nil)
	v.press("/", "client.", "tab")
	v.has(`^ client\.host  client\.port *$`)
	v.press("p")
	v.hasNot(`client\.host  client\.port`)
	v.press("tab", "<", " 1024", "enter")
	v.has(`client\.port < 1024`)
	v.press("/", "ctrl+u", "s", "tab")
	v.has(`^ s.* … \d+ more *$`)
	v.size(20, 10)
	v.has(`^ \d+ words|… \d+ more`)
	v.press("esc")
	v.press("/")
	v.hasNot(`more *$`)
}
