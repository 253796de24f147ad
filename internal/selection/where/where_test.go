package where

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// a returns the facts of a DNS query inside VXLAN.
func a() *Facts {
	return &Facts{
		Port:   Numbers{50000, 4789, 40000, 53},
		Host:   addresses("192.0.2.1", "192.0.2.2", "10.1.2.3", "2001:db8::1"),
		Src:    Ends{Numbers{50000, 40000}, addresses("192.0.2.1", "10.1.2.3")},
		Dst:    Ends{Numbers{4789, 53}, addresses("192.0.2.2", "2001:db8::1")},
		Client: Ends{Port: Numbers{50000, 40000}}, Server: Ends{Port: Numbers{4789, 53}},
		Inner: Ends{Port: Numbers{40000, 53}}, Outer: Ends{Port: Numbers{50000, 4789}},
		TCP: TCP{Flags{SYN: true, ACK: true}, Numbers{4000000000}, Numbers{7}, Numbers{64240},
			Numbers{0}},
		Service: Words{"vxlan", "domain", "DNS"}, NoPorts: Words{""},
		Range: Words{"dynamic", "registered", "registered", "system"},
		Proto: Words{"eth", "ip", "udp", "vxlan", "eth", "ip", "udp", "dns"},
		Len:   120, Captured: 96, Frame: 7}
}

func addresses(list ...string) (out Addresses) {
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// TestHosts checks comparisons of addresses and TCP fields for that packet.
func TestHosts(t *testing.T) {
	for expr, want := range map[string]bool{
		`host == "10.1.2.3"`: true, `host == "10.1.2.4"`: false, `"10.1.2.3" == host`: true,
		`host in "10.0.0.0/8"`: true, `host in "10.2.0.0/16"`: false, `host == "10.0.0.0/8"`: true,
		`host in "10.1.2.99/24"`: true, `host in "0.0.0.0/0"`: true,
		`host in "2001:db8::/32"`: true,
		`host in "2001:db9::/32"`: false, `host != "10.1.2.3"`: false, `host != "10.1.2.4"`: true,
		`host != "172.16.0.0/12"`: true, `host not in "10.0.0.0/8"`: false,
		`not (host in "10.0.0.0/8")`:           false,
		`host in ["10.9.9.9", "192.0.2.0/24"]`: true, `host in ["10.9.9.9", "192.0.3.0/24"]`: false,
		`host not in ["10.9.9.9"]`: true, `"10.1.2.3" in host`: true, `"10.0.0.0/8" != host`: false,
		`src.host == "10.1.2.3"`: true, `dst.host == "10.1.2.3"`: false,
		`src.host in "192.0.2.0/31"`: true,
		`dst.host in "192.0.2.0/31"`: false, `src.host == dst.host`: false,
		`src.host == host`:     true,
		`src.host != dst.host`: true, `inner.host == "10.1.2.3"`: false,
		`host[0] == "192.0.2.1"`: true, `host[0] in "10.0.0.0/8"`: false,
		`host[2] in ["10.0.0.0/8"]`: true,
		`host[9] == "192.0.2.1"`:    false, `host[9] != "192.0.2.1"`: false,
		`"192.0.2.2" == dst.host[0]`:          true,
		"tcp.flags.syn":                       true,
		"tcp.flags.syn and not tcp.flags.ack": false, "tcp.flags.rst": false,
		"tcp.seq == 4000000000": true, "tcp.seq == 0xee6b2800": true, "tcp.ack < 8": true,
		"tcp.len == 0":               true,
		"tcp.window in 60000..65535": true,
		`tcp.flags.syn and host in "10.0.0.0/8" and port == 53`: true,
	} {
		e, err := Compile(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got, err := e.Match(a()); got != want || err != nil {
			t.Errorf("%s: %v, %v", expr, got, err)
		}
	}
	e, err := Compile(`host in "0.0.0.0/0" or tcp.flags.syn or tcp.len >= 0`)
	if err != nil {
		t.Fatal(err)
	}
	facts := a()
	facts.Reset()
	if got, err := e.Match(facts); got || err != nil {
		t.Errorf("a packet without addresses: %v, %v", got, err)
	}
}

// TestMatch checks expressions for that packet.
func TestMatch(t *testing.T) {
	for expr, want := range map[string]bool{
		"port == 53": true, "port == 80": false, "53 == port": true, "54 < port": true,
		"60000 < port": false, "50000 <= port": true, "60 >= port": true, "52 > port": false,
		"53 != port": false, "port != 80": true, "port != 53": false,
		"port < 100": true, "port < 53": false, "port <= 53": true, "port > 50000": false,
		"port >= 50000":    true,
		"port in [80, 53]": true, "port in [80, 443]": false, "port in 1..60": true,
		"port not in 1..60": false, "port in 54..60": false,
		"inner.port == 53": true, "inner.port == 4789": false, "outer.port == 4789": true,
		"src.port == 53": false, "dst.port == 53": true,
		"client.port == 40000": true, "server.port == 53": true, "client.port == 53": false,
		`service == "dns"`: true, `service == "domain"`: true, `service == "http"`: false,
		`service != "http"`:          true,
		`service in ["http", "DNS"]`: true, `service contains "xla"`: true,
		`range == "dynamic"`: true, `"SYSTEM" == range`: true, `range in ["Dynamic"]`: true,
		`proto == "vxlan"`: true, `proto == "sctp"`: false,
		`no_ports == ""`: true, `no_ports == "later-fragment"`: false, "quoted": false,
		"not quoted": true,
		"len > 100":  true, "len > 1000": false, "captured < len": true, "frame == 7": true,
		"len % 2 == 0": true,
		`port == 53 and service == "dns" or quoted`: true, "port == 53 && len < 10": false,
		"!(port == 53)": false,
		"true":          true, "len in 100..130": true,
		`"dns" == service`: true, `"http" == service`: false, `"http" != service`: true,
		`"DNS" in service`: true, `"http" in service`: false, "53 in port": true,
		`service startsWith "DOM"`: true, `service startsWith "omain"`: false,
		`service endsWith "main"`: true, `service endsWith "dom"`: false,
		`no_ports != "Later-Fragment"`: true, `no_ports in ["cut", ""]`: true,
		`not (no_ports in ["cut"])`: true, `port in []`: false,
		"src.port == dst.port": false, "src.port == client.port": true,
		"src.port != dst.port": true, "src.port != client.port": false, "port == inner.port": true,
		"inner.port < outer.port": true, "dst.port > src.port": false,
		"src.port >= client.port": true, "inner.port <= server.port": true,
		"service == proto": true,
		"service != range": true,
	} {
		e, err := Compile(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got, err := e.Match(a()); got != want || err != nil {
			t.Errorf("%s: %v, %v", expr, got, err)
		}
	}
}

// TestIndex checks that any comparison with a value that a packet does not have is false, and no
// error.
func TestIndex(t *testing.T) {
	for source, want := range map[string]bool{
		"port[0] == 50000": true, "port[3] == 53": true, "port[-1] == 53": true,
		"port[-4] == 50000": true, "port[0] != 1": true,
		"port[4] == 1": false, "port[4] != 1": false, "port[4] < 70000": false,
		"port[-5] != 1": false, "1 != port[4]": false, "port[4] in [1, 2]": false,
		"not (port[4] == 1)": true, "not (port[4] != 1)": true, "port[4] == 1 or port == 53": true,
		"port == 53 and not (port[4] == 53)": true,
		"port[4] == port[5]":                 false, "port[0] + port[4] > 5": false,
		"port[len] == 1":     false,
		"port[port[0]] == 1": false, "port[port[4]] == 1": false,
		"src.port[2] > 1": false, "src.port[1] == 40000": true, `service[3] == "x"`: false,
		`service[3] != "x"`: false, `service[0] contains "main"`: false,
		`service[0] contains "xla"`: true, "(port[4] == 1) == false": true,
		"port[4] == port": false, "port[0] == src.port": true, "-port[4] < 0": false,
		"let p = port; p[9] == 1": false, "port?.[4] == 1": false, "[1, 2][frame] == 1": false,
		"[1, 2][frame - 6] == 2": true, "port[1:9] == 53": true,
	} {
		e, err := Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := e.Match(a()); got != want || err != nil {
			t.Errorf("%s: %v, %v", source, got, err)
		}
	}
	e, err := Compile("port[0] == 53")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Match(&Facts{}); got || err != nil {
		t.Errorf("a packet without ports: %v, %v", got, err)
	}
}

// TestProcesses checks that expressions with facts of live captures are recognized, and that these
// facts are compared like others.
func TestProcesses(t *testing.T) {
	facts := a()
	facts.Process, facts.PID, facts.User = Words{"nginx", "curl"}, Numbers{80, 4711},
		Words{"www-data", "root"}
	for source, c := range map[string]struct{ asks, match bool }{
		`process == "nginx"`: {true, true}, `process == "Curl"`: {true, true},
		`process == "ngin"`: {true, false}, `process != "nginx"`: {true, false},
		`process contains "url"`: {true, true}, `process in ["sshd", "curl"]`: {true, true},
		"pid == 4711": {true, true}, "pid > 5000": {true, false},
		"4711 == pid": {true, true}, `user == "root"`: {true, true},
		`user != "root"`: {true, false}, `port == 53 and not (user == "nobody")`: {true, true},
		"port == 53": {false, true}, `service == "process"`: {false, false},
	} {
		e, err := Compile(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got, err := e.Match(facts); got != c.match || err != nil || e.AsksProcesses() != c.asks {
			t.Errorf("%s: %v, %v; needs processes: %v", source, got, err, e.AsksProcesses())
		}
	}
	facts.Reset()
	if len(facts.Process)+len(facts.PID)+len(facts.User) > 0 {
		t.Errorf("%+v is left from the packet before", facts)
	}
}

// TestMistakes checks that wrong expressions are rejected by Compile, with the position.
func TestMistakes(t *testing.T) {
	for expr, says := range map[string]string{
		"prot == 53":                "did you mean port",
		`port == "dns"`:             `a service has a name: service == "dns"`,
		"port = 53":                 "use == for equal",
		"port":                      "expected bool",
		"len":                       "expected bool",
		"port == 53 or 80":          "does not take",
		"":                          "ends too early",
		`service == 53`:             "does not take",
		"process == 53":             "does not take",
		`pid == "nginx"`:            "does not take",
		"all(1..10, true)":          "can take long on long lists",
		`port in ["http"]`:          "a list of words cannot contain numbers",
		`port in [80, "http"]`:      "a list of words cannot contain numbers",
		"service in [80]":           "a list of numbers cannot contain words",
		"service in 80..90":         "a list of numbers cannot contain words",
		`not (service in ["a", 1])`: "a list of numbers cannot contain words",
		"port == nil":               "there is no nil",

		`range == "sytem"`: `range never has this value; its values are ` +
			`"system", "registered", "dynamic"`,
		`"late" != no_ports`:             `no_ports never has this value; its values are ""`,
		`no_ports in ["cut", "late"]`:    `"later-fragment"`,
		"service == dns":                 "words need quotes",
		"service == 80":                  "words need quotes",
		"not port == 53":                 "not (port == 80)",
		"inner == 53":                    "inner.port",
		"inner.prot == 53":               "inner.port",
		`host == "10.0.0"`:               `"10.0.0" is not an address or network`,
		`host in "10.0.0.0/33"`:          "not an address or network",
		`host in ["10.0.0.1", "a"]`:      `"a" is not an address`,
		`host in [10]`:                   "addresses need quotes",
		`src.host[0] == "x"`:             `"x" is not an address`,
		`host == 10`:                     "addresses need quotes",
		"host == 192.0.2.10":             `".2.10" does not fit here; addresses need quotes`,
		"host in 10.0.0.0/8":             `".0.0" does not fit here; addresses need quotes`,
		"host == fe80::1":                `"::" does not fit here; addresses need quotes`,
		"src.host == 2001:db8::1":        `":" does not fit here; addresses need quotes`,
		"port == 80.5":                   "== does not take number and fraction",
		`host < "10.0.0.1"`:              "does not take address",
		"tcp.flags == 2":                 "tcp.flags.syn",
		"tcp.flags.syn == 1":             "a flag is true or false",
		"tcp.flags.sin":                  "there are fin, syn",
		"tcp.port == 80":                 "there are tcp.flags",
		"80":                             "such as port == 53",
		"any(port, # == 53)":             "can take long on long lists",
		"port == 53 and":                 "ends too early",
		"(" + strings.Repeat("(", 9000):  "longer than",
		strings.Repeat("not ", 900) + "": "ends too early",
	} {
		if _, err := Compile(expr); err == nil || !strings.Contains(err.Error(), says) ||
			strings.Contains(err.Error(), "where.") {
			t.Errorf("%.40s: %v, want %q", expr, err, says)
		}
	}
}

// TestBounded checks that an expression that uses too much memory or divides by zero returns an
// error.
func TestBounded(t *testing.T) {
	for _, expr := range []string{"len in 0..(len * 100000000)", "len % (len - 120) == 0"} {
		e, err := Compile(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if _, err := e.Match(a()); err == nil {
			t.Errorf("%s: no error", expr)
		}
	}
}

// TestLongExpression checks that an expression may have at most 4096 bytes.
func TestLongExpression(t *testing.T) {
	const expr = "port == 53"
	for n, want := range map[int]bool{4096: true, 4097: false} {
		if _, err := Compile(expr + strings.Repeat(" ", n-len(expr))); (err == nil) != want {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// FuzzCompile checks that neither compiling nor matching panics.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{"port == 53", `service in ["http"] or not quoted`, "len % 7 in 1..3",
		"inner.port >= 5 ? true : false", "let x = 5; len > x", "port[0] == 1",
		`host in "10.0.0.0/8" and tcp.flags.syn`, `src.host == dst.host`, `host in ["::1", "x"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := Compile(s); err == nil {
			if _, err := e.Match(a()); err != nil {
				return // an error is fine; a panic is not
			}
		}
	})
}

// TestNamesAreSuggested checks that every name is suggested for a mistyped one.
func TestNamesAreSuggested(t *testing.T) {
	facts := reflect.TypeFor[Facts]()
	for i := range facts.NumField() {
		f := facts.Field(i)
		name := f.Tag.Get("expr")
		if f.Type.Kind() == reflect.Struct || len(name) < 3 {
			continue // its parts have their own names
		}
		_, err := Compile(name + "x == 1")
		want := "did you mean " + name + "?"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%sx: %v, want %q", name, err, want)
		}
	}
}
