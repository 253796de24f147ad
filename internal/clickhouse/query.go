package clickhouse

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// maxRow is the largest size of a row as JSON, in bytes.
const maxRow = 1 << 20

// Query runs a query and calls yield for each row with the text of each value, nil for NULL. what
// describes the query in errors. It is an error if a shard does not respond.
func (c *Client) Query(ctx context.Context, what, sql string,
	yield func(row []*string) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	settings := url.Values{}
	settings.Set("default_format", "JSONCompactEachRow")
	settings.Set("skip_unavailable_shards", "0")
	resp, err := c.do(ctx, what, sql, settings, 0, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	fail := func(err error) error { return &Error{Address: c.String(), What: what, Err: err} }
	if resp.ContentLength < 0 && len(resp.TransferEncoding) == 0 {
		return fail(errNoLength)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxRow)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		row, err := texts(lines.Bytes())
		if err != nil {
			return fail(fmt.Errorf("unexpected answer: %w", err))
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fail(err)
	}
	return nil
}

// errNoLength is the error of an answer that ends with the connection (RFC 9112 section 6.3): rows
// may be missing without notice. ClickHouse does not send such answers.
var errNoLength = errors.New("the answer has no length, so it may be incomplete")

// texts returns the values of a row: numbers with all digits, nil for null.
func texts(line []byte) (row []*string, err error) {
	var values []any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		return nil, err
	}
	for _, v := range values {
		if v == nil {
			row = append(row, nil)
			continue
		}
		text := fmt.Sprint(v)
		row = append(row, &text)
	}
	if d.More() {
		return nil, errors.New("text after a row")
	}
	return row, nil
}
