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

// The page: its document, and what the bundler makes of web/src.
var (
	//go:embed web/src/index.html
	document string
	//go:embed web/dist/app.css
	styles string
	//go:embed web/dist/app.js
	script string
)

// errNoPlace is the error of a document that lacks one of the places that are filled in here.
var errNoPlace = errors.New("the page has no place for it")

// CSP is the Content-Security-Policy of the page: what is in it by its hash, and nothing else. more
// are further directives, as connect-src 'self'.
func CSP(more ...string) string {
	return strings.Join(append([]string{"default-src 'none'", "script-src " + hash(script),
		"style-src " + hash(styles), "img-src data:", "base-uri 'none'",
		"form-action 'none'"}, more...), "; ")
}

// hash is a source expression of CSP (W3C Content Security Policy Level 3, section 2.3.1) for what
// is between the tags.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// WriteHTML writes the page. title is plain text, policy is what CSP gave, and data writes the JSON
// object; where that is nil, the page fetches it from whoever serves it.
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

// WritePlayground writes the page that decodes by itself, with portsniff.wasm.gz beside it. support
// is the script of Go's release that runs such programs.
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

// meta has the browser apply a policy.
func meta(policy string) func(io.Writer) error {
	return words(`<meta http-equiv="Content-Security-Policy" content="` +
		html.EscapeString(policy) + `">`)
}

// A part is written at its place in the document.
type part struct {
	place string
	write func(io.Writer) error
}

// fill writes the document with its parts.
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

// island is the JSON in the document, compressed by gzip and in base64: a script that no browser
// runs. Its end cannot be forged from within: base64 has no "<".
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
