package annotate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// matches returns a query's answers as text: "53/udp domain", "6000-6010/tcp x11", "49152/".
func matches(t *testing.T, query string) (Found, []string) {
	t.Helper()
	f, err := Find(query)
	if err != nil {
		t.Fatalf("%q: %v", query, err)
	}
	var all []string
	for _, m := range f.Matches {
		ports := fmt.Sprint(m.Port)
		if m.High != m.Port {
			ports += fmt.Sprint("-", m.High)
		}
		all = append(all, strings.TrimSpace(ports+"/"+m.Proto.String()+" "+m.Name))
	}
	return f, all
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		query string
		kind  Kind
		want  string // the answers, separated by commas; "..." if only the first ones matter
	}{
		{"443", ByNumber, "443/tcp https,443/udp https,443/sctp https"},
		{" 53/udp ", ByNumber, "53/udp domain"},
		{"53/UDP", ByNumber, "53/udp domain"},
		{"0053/udp", ByNumber, "53/udp domain"},
		{"53/udplite", ByNumber, "53/udp domain"},
		{"53/udp-lite", ByNumber, "53/udp domain"},
		{"49152", ByNumber, "49152/"},
		{"65535/sctp", ByNumber, "65535/sctp"},
		{"53/dccp", ByNumber, "53/dccp"},
		{"6000-6010", ByNumber, "6000-6010/tcp x11,6000-6010/udp x11"},
		{"6062-6064/tcp", ByNumber, "6062-6063/tcp x11,6064/tcp ndl-ahp-svc"},
		{"20-22/tcp", ByNumber, "20/tcp ftp-data,21/tcp ftp,22/tcp ssh"},
		{"60000-60010", ByNumber, "60001/udp"},
		{":443", ByNumber, "443/tcp https,443/udp https,443/sctp https"},
		{":53/udp", ByNumber, "53/udp domain"},
		{"udp/53", ByNumber, "53/udp domain"},
		{"192.0.2.1:22/tcp", ByNumber, "22/tcp ssh"},
		{"[2001:db8::1]:22/tcp", ByNumber, "22/tcp ssh"},
		{"*:22/tcp", ByNumber, "22/tcp ssh"},
		{"localhost:22/tcp", ByNumber, "22/tcp ssh"},
		{"51820", ByNumber, "51820/udp"},
		{"51820/tcp", ByNumber, "51820/tcp"},
		{"1521/tcp", ByNumber, "1521/tcp ncube-lm,1521/tcp"},
		{"wireguard", ByAlias, "51820/udp"},
		{"WireGuard/udp", ByAlias, "51820/udp"},
		{"minecraft", ByAlias, "25565/tcp,19132/udp"},
		{"kafka", ByAlias, "9092/tcp XmlIpcRegSvc,9092/tcp"},
		{"mssql/tcp", ByAlias, "1433/tcp ms-sql-s"},
		{"postgres/tcp", ByAlias, "5432/tcp postgresql"},
		{"MariaDB/tcp", ByAlias, "3306/tcp mysql"},
		{"s7comm/tcp", ByAlias, "102/tcp iso-tsap"},
		{"ipmi", ByAlias, "623/udp asf-rmcp"},
		{"statsd", ByAlias, "8125/udp"},
		{"wiregard", Near, "51820/udp,..."},
		{"ssh", ByName, "22/tcp ssh,22/udp ssh,22/sctp ssh"},
		{"SSH/tcp", ByName, "22/tcp ssh"},
		{"https", ByName, "443/tcp https,443/udp https,443/sctp https,8443/tcp pcsync-https"},
		{"x11/tcp", ByName, "6000-6063/tcp x11"},
		{"www", ByName, "80/tcp http,80/udp http"},
		{"www-http/tcp", ByName, "80/tcp http"},
		{"cl/1", ByName, "172/tcp cl-1,172/udp cl-1"},
		{"turn/udp", ByName, "3478/udp stun"},
		{"http-alt/tcp", ByName, "591/tcp http-alt,8008/tcp http-alt,8080/tcp http-alt"},
		{"dns/udp", ByAlias, "53/udp domain,853/udp domain-s,8600/udp"},
		{"DNS over TLS", ByAlias, "853/tcp domain-s"},
		{"rdp", ByAlias, "3389/tcp ms-wbt-server,3389/udp ms-wbt-server"},
		{"dhcp/udp", ByAlias, "67/udp bootps,68/udp bootpc"},
		{"quic", ByAlias, "443/udp https,853/udp domain-s"},
		{"HTTP/3", ByAlias, "443/udp https"},
		{"htps", Near, "443/tcp https,..."},
		{"HTPS", Near, "443/tcp https,..."},
		{"postgre", Near, "5432/tcp postgresql"},
		{"POSTGRE", Near, "5432/tcp postgresql"},
		{"domian/udp", Near, "53/udp domain,..."},
		{"sshh", Near, "22/tcp ssh"},
		{"http/dccp", Near, ""},
		{"x", Near, ""},
		{strings.Repeat("ssh", 1000), Near, ""},
		{"ssh\x1b[31m", Near, ""},
	} {
		f, got := matches(t, c.query)
		want := strings.Split(c.want, ",")
		if c.want == "" {
			want = nil
		}
		if n := len(want) - 1; n > 0 && want[n] == "..." && len(got) > n {
			got, want = got[:n], want[:n]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", c.query, got, want)
		}
		if len(f.Matches) > 0 && f.Matches[0].Kind != c.kind || f.ByNumber != (c.kind == ByNumber) {
			t.Errorf("%q: %+v, want one by %v", c.query, f, c.kind)
		}
	}
}

func TestFindRange(t *testing.T) {
	f, _ := matches(t, "60000-60010/tcp")
	if !f.ByNumber || f.Low != 60000 || f.High != 60010 || f.More != 0 {
		t.Errorf("%+v", f)
	}
	f, _ = matches(t, "0-65535")
	last := f.Matches[len(f.Matches)-1]
	if len(f.Matches) != MaxMatches || f.More < 5000 || last.Port > 300 {
		t.Errorf("%d matches up to %d, %d more", len(f.Matches), last.Port, f.More)
	}
}

func TestNearIsBounded(t *testing.T) {
	if f, _ := matches(t, "hp-"); len(f.Matches) != MaxNear || f.Matches[0].Kind != Near {
		t.Errorf("hp-: %d names, want %d", len(f.Matches), MaxNear)
	}
	long := strings.Repeat("a", maxWord)
	for _, c := range []struct {
		word, name string
		ok         bool
	}{{long, long[1:], true}, {long + "a", long, false}, {long, long + "a", false},
		{"ssh", "", false}} {
		if _, ok := compare(c.word, c.name); ok != c.ok {
			t.Errorf("%q like %q: %t", c.word, c.name, ok)
		}
	}
}

func TestFindErrors(t *testing.T) {
	for _, c := range []struct{ query, text string }{
		{"65536", "65536"}, {"-1", "-1"}, {"65536/tcp", "65536"},
		{"99999999999999999999999", "99999999999999999999999"},
		{"80-65536", "65536"}, {"70000-80000", "70000"}, {"+80", "+80"},
	} {
		var e *PortError
		if _, err := Find(c.query); !errors.As(err, &e) || e.Text != c.text ||
			!strings.Contains(err.Error(), "0 to 65535") {
			t.Errorf("%q: %v, want a PortError about %q", c.query, err, c.text)
		}
	}
	for _, c := range []struct {
		query    string
		portless bool
	}{{"443/icmp", true}, {"https/ICMPv6", true}, {"1/gre", true}, {"1/esp", true}, {"1/arp", true},
		{"443/foo", false}, {"443/", false}, {"nosuch/x", false}} {
		var e *ProtoError
		if _, err := Find(c.query); !errors.As(err, &e) || e.Portless != c.portless ||
			c.portless != strings.Contains(err.Error(), "has no ports") {
			t.Errorf("%q: %v, want a ProtoError", c.query, err)
		}
	}
	for _, query := range []string{"", "  ", "/tcp", "10-5"} {
		var e *QueryError
		if _, err := Find(query); !errors.As(err, &e) || e.Why == "" ||
			!strings.Contains(err.Error(), e.Why) {
			t.Errorf("%q: %v, want a QueryError", query, err)
		}
	}
	if _, err := Find("\x1b[31m/x\x1b"); err == nil || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("a control byte of the query is in the error: %q", err)
	}
}

func TestPortByName(t *testing.T) {
	for _, c := range []struct {
		name  string
		proto decode.Transport
		want  uint16
		ok    bool
	}{
		{"https", tcp, 443, true}, {"HTTPS", tcp, 443, true}, {"domain", udp, 53, true},
		{"dns", udp, 53, true}, {"domain", udplite, 53, true},
		{"http-alt", tcp, 8080, true}, {"x11", tcp, 6000, true}, {"www", tcp, 80, true},
		{"quic", udp, 443, true}, {"smb", tcp, 445, true},
		{"quic", tcp, 0, false}, {"htps", tcp, 0, false}, {"server", udp, 0, false},
		{"", tcp, 0, false}, {"https", decode.ProtoNone, 0, false},
		{"https", dccp, 0, false}, {"ssh", sctp, 22, true}, {"443", tcp, 0, false},
	} {
		if port, ok := PortByName(c.name, c.proto); port != c.want || ok != c.ok {
			t.Errorf("%q/%v: %d, %t, want %d, %t", c.name, c.proto, port, ok, c.want, c.ok)
		}
	}
}

// TestUses checks that uses are in the order of their ports, and are not registered with IANA.
func TestUses(t *testing.T) {
	for i, u := range uses {
		if i > 0 && u.port < uses[i-1].port {
			t.Errorf("%d is below %d", u.port, uses[i-1].port)
		}
		names, docs := assigned(u.proto, u.port)
		for _, word := range strings.Fields(strings.ReplaceAll(u.name, ",", "")) {
			text := strings.ToLower(strings.Join(append(names, docs...), " "))
			if len(word) > 4 && strings.Contains(text, strings.ToLower(word)) {
				t.Errorf("%d is registered for %q: %s", u.port, u.name, text)
			}
		}
	}
	if port, ok := PortByName("wireguard", decode.ProtoUDP); !ok || port != 51820 {
		t.Errorf("wireguard: %d, %v", port, ok)
	}
}

func TestKinds(t *testing.T) {
	for k, want := range map[Kind]string{ByNumber: "number", ByName: "name",
		ByAlias: "everyday-name", Near: "near", Near + 1: ""} {
		if got := k.String(); got != want {
			t.Errorf("kind %d: %q, want %q", k, got, want)
		}
	}
}
