package testkit

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
)

// PageData returns the JSON in a page: the page's content, compressed with gzip, in base64.
func PageData(page []byte) ([]byte, error) {
	_, after, ok := bytes.Cut(page, []byte(`id="portsniff-data">`))
	data, _, end := bytes.Cut(after, []byte("</script>"))
	if !ok || !end {
		return nil, errors.New("the page has no data")
	}
	text := base64.NewDecoder(base64.StdEncoding, bytes.NewReader(data))
	packed, err := gzip.NewReader(text)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(packed)
}
