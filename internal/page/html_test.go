package page_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/linktype"
)

// TestHostileCaptureStaysSmall checks that the page's size is bounded for a frame with very many
// fields, and for thousands of frames with as many shapes.
func TestHostileCaptureStaysSmall(t *testing.T) {
	var frames []corpustest.Frame
	for n := range 15000 { // IPv4 options in different orders: each frame has another shape
		h := append(udp(1, 2)[:14], 0x4f, 0, 0, 68, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0,
			2)
		for i := range 40 {
			h = append(h, 1-byte(n>>i&1&^(i/39))) // no-operations, then an end-of-list and padding
		}
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 82,
			Data: append(h, 0, 1, 0, 2, 0, 8, 0, 0)})
	}
	var out bytes.Buffer
	if err := build(t, frames, page.Options{}).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 15000*3000 {
		t.Errorf("%d bytes for %d frames", out.Len(), len(frames))
	}
}

// TestHostileStringsAreText checks that strings with HTML, terminal controls or bidirectional
// controls are shown as text.
func TestHostileStringsAreText(t *testing.T) {
	hostile := "</script><script>alert(1)</script><!--\"'&\x1b[31m\u202egnp.exe\x00\xff\u2028"
	table := flow.NewTable(flow.Options{})
	b := page.NewBuilder(page.Options{Source: hostile, Flags: "-r " + hostile}, table)
	var p decode.Packet
	p.Decode(linktype.Ethernet, append(udp(40000, 80), "GET / HTTP/1.1\r\nHost: "+hostile...), 100)
	fr := analysis.Frame{Packet: &p, Number: 1, Len: 100, Comments: [][]byte{[]byte(hostile)}}
	fr.Annotate(table.Add(&p, 100, flow.NoTime, 1))
	if err := b.Add(&fr, hostile); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := page.WriteHTML(&out, hostile, page.CSP(), b.WriteJSON); err != nil {
		t.Fatal(err)
	}
	island := regexp.MustCompile(`(?s)id="portsniff-data">(.*?)</script>`).FindStringSubmatch(
		out.String())
	if island == nil {
		t.Fatal("no data")
	}
	packed, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding,
		strings.NewReader(island[1])))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range string(text) {
		if r < ' ' || r > '~' && r < 0xa0 || strings.ContainsRune("<>&\u2028\u202e\ufffd", r) {
			t.Fatalf("%q is in the page's data", r)
		}
	}
	if strings.ContainsAny(out.String(), "\x1b\x00\u202e") ||
		strings.Contains(out.String(), "<script>alert") {
		t.Error("the page has the capture's bytes as they are")
	}
	d := parse(t, b.WriteJSON)
	const shown = `</script><script>alert(1)</script><!--"'&\x1b[31m\u202egnp.exe\x00\xff\u2028`
	if d.Source != shown || d.Packets[0].Iface != shown || d.Packets[0].Comments[0] != shown {
		t.Errorf("source %q, interface %q, comment %q", d.Source, d.Packets[0].Iface,
			d.Packets[0].Comments)
	}
	if !bytes.Contains(d.Packets[0].Bytes, []byte("Host: </script>")) {
		t.Error("the bytes are not the frame's")
	}
}

// TestPolicyAllowsThePage checks that the page's policy allows its own elements only: its
// hashes are those of the text of the elements.
func TestPolicyAllowsThePage(t *testing.T) {
	var out bytes.Buffer
	if err := page.WriteHTML(&out, "a & b", page.CSP(),
		build(t, nil, page.Options{}).WriteJSON); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for name, re := range map[string]string{
		"script-src": `(?s)<script type="module">(.*?)</script>`,
		"style-src":  `(?s)<style>(.*?)</style>`} {
		found := regexp.MustCompile(re).FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			t.Fatalf("%d times %s", len(found), re)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		if want := name + " &#39;sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"&#39;;"; !strings.Contains(text, want) {
			t.Errorf("the policy has no %s", want)
		}
	}
	if strings.Contains(text, "unsafe-") || strings.Contains(text, "style=\"") ||
		!strings.Contains(text, "<title>a &amp; b</title>") {
		t.Error("inline styles, or no title")
	}
	if n := len(regexp.MustCompile(`(?i)<script`).FindAllString(text, -1)); n != 2 {
		t.Errorf("%d scripts", n)
	}
	if strings.Index(text, "http-equiv") > strings.Index(text, "<style>") ||
		strings.Contains(text, "<!--") {
		t.Error("a place was not filled in, or the policy comes late")
	}
}

// TestPlayground checks that the playground contains Go's support script, with its hash in the
// policy, and no data.
func TestPlayground(t *testing.T) {
	const support = "globalThis.Go = class {};"
	var out bytes.Buffer
	if err := page.WritePlayground(&out, support); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(support))
	hash := base64.StdEncoding.EncodeToString(sum[:])
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).
		FindStringSubmatch(out.String())
	if policy == nil {
		t.Fatal("no policy")
	}
	text := html.UnescapeString(policy[1])
	for _, want := range []string{"default-src 'none'", "'wasm-unsafe-eval'",
		"'sha256-" + hash + "'", "connect-src 'self'", "form-action 'none'"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	if strings.Contains(text, "unsafe-inline") ||
		strings.Contains(out.String(), "portsniff-data\">") ||
		strings.Count(out.String(), "<script>"+support+"</script>") != 1 {
		t.Errorf("policy %q", text)
	}
}
