package page

import (
	"crypto/sha256"
	_ "embed" // the page's parts
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/portsniff/portsniff/internal/textutil"
)

// The parts of the page: its document, and the files that the bundler makes of web/src.
var (
	//go:embed web/src/index.html
	document string
	//go:embed web/dist/app.css
	styles string
	//go:embed web/dist/app.js
	script string
)

// errNoPlace reports a document without one of the placeholders that fill replaces.
var errNoPlace = errors.New("the page has no placeholder for it")

// CSP returns the page's Content-Security-Policy. It allows only the page's own script and styles,
// by hash. more are further directives, for example connect-src 'self'.
func CSP(more ...string) string {
	return strings.Join(append([]string{"default-src 'none'", "script-src " + hash(script),
		"style-src " + hash(styles), "img-src data:", "base-uri 'none'",
		"form-action 'none'"}, more...), "; ")
}

// hash returns a CSP source expression (W3C Content Security Policy Level 3, section 2.3.1) for the
// text of an element.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// WriteHTML writes the page. title is plain text, policy is the result of CSP, and data writes the
// JSON object. If data is nil, the page fetches the object from its server.
func WriteHTML(w io.Writer, title, policy string, data func(io.Writer) error) error {
	parts := []part{
		{"<!--CSP-->", meta(policy)},
		{"<!--TITLE-->", words(html.EscapeString(textutil.Escape(title)))},
		{"<!--CSS-->", words("<style>" + styles + "</style>")},
		{"<!--DATA-->", func(w io.Writer) error { return island(w, data) }},
		{"<!--JS-->", words(`<script type="module">` + script + "</script>")},
	}
	return fill(w, parts)
}

// WritePlayground writes the page that decodes in the browser with portsniff.wasm.gz, a file in the
// same folder. support is the script of the Go release that runs WebAssembly programs.
func WritePlayground(w io.Writer, support string) error {
	policy := strings.Replace(CSP("connect-src 'self'"), "script-src",
		"script-src 'wasm-unsafe-eval' "+hash(support), 1)
	return fill(w, []part{
		{"<!--CSP-->", meta(policy)},
		{"<!--TITLE-->", words("Where is the port? - portsniff")},
		{"<!--CSS-->", words("<style>" + styles + "</style>")},
		{"<!--DATA-->", words("<script>" + support + "</script>")},
		{"<!--JS-->", words(`<script type="module">` + script + "</script>")},
	})
}

// meta returns the element that applies a policy.
func meta(policy string) func(io.Writer) error {
	return words(`<meta http-equiv="Content-Security-Policy" content="` +
		html.EscapeString(policy) + `">`)
}

// A part is text that replaces a placeholder of the document.
type part struct {
	place string
	write func(io.Writer) error
}

// fill writes the document with its placeholders replaced.
func fill(w io.Writer, parts []part) error {
	rest := document
	for _, p := range parts {
		before, after, found := strings.Cut(rest, p.place)
		if !found {
			return fmt.Errorf("%s: %w", p.place, errNoPlace)
		}
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		if err := p.write(w); err != nil {
			return err
		}
		rest = after
	}
	_, err := io.WriteString(w, rest)
	return err
}

func words(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// island writes the JSON data into the document: compressed by gzip, encoded as base64, in a script
// element that browsers do not execute. Base64 has no "<", so the data cannot close the element.
func island(w io.Writer, data func(io.Writer) error) error {
	if _, err := io.WriteString(w,
		`<script type="application/gzip" id="portsniff-data">`); err != nil {
		return err
	}
	if data != nil {
		text := base64.NewEncoder(base64.StdEncoding, w)
		packed := gzip.NewWriter(text)
		if err := errors.Join(data(packed), packed.Close(), text.Close()); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "</script>")
	return err
}
