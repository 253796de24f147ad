package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// A Database has the tables of the SQL that ClickHouse returns. *clickhouse.Client implements it.
type Database interface {
	// Query calls yield for each row: the text of each value, nil for NULL.
	Query(ctx context.Context, what, sql string, yield func(row []*string) error) error
}

// remote is the part of a Store that reads from a database.
type remote struct {
	ctx      context.Context
	db       Database
	byMinute bool
}

// OpenRemote returns a Store that reads the tables of a database. With byMinute it reads separate
// counts for each minute. Otherwise the database adds them up.
func OpenRemote(ctx context.Context, db Database, only *flow.Filter, byMinute bool) *Store {
	return &Store{only: only, inputs: map[string]*input{}, remote: &remote{ctx, db, byMinute}}
}

// remoteGroups is Store.groups for a database. It queries the rows in the order of inputs.
func (s *Store) remoteGroups(table string, c *columns, yield func(name string) error) error {
	if table != Inputs {
		if err := s.readInputs(); err != nil {
			return err
		}
	}
	c.clear()
	err := s.remote.db.Query(s.remote.ctx, "read "+table, s.query(table, c),
		func(row []*string) error {
			if err := c.addRow(row); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
			if c.rows < groupRows {
				return nil
			}
			err := yield(table)
			c.clear()
			return err
		})
	if err == nil && c.rows > 0 {
		err = yield(table)
	}
	return err
}

// query returns the SQL that reads columns of a table.
func (s *Store) query(table string, c *columns) string {
	names := append(append([]string{}, c.intNames...), c.textNames...)
	switch table {
	case Inputs:
		names[slices.Index(names, "complete")] = "toInt64(complete)"
		return "SELECT " + strings.Join(names, ", ") + " FROM inputs FINAL"
	case Flows:
		for i, name := range names {
			names[i] = "f." + name
			if name == "refused" {
				names[i] = "toInt64(f.refused)"
			}
		}
		return "SELECT " + strings.Join(names, ", ") + " FROM flows AS f GLOBAL INNER JOIN " +
			"(SELECT input, row_number() OVER (ORDER BY first_ns ASC NULLS FIRST, " +
			"last_ns ASC NULLS FIRST, source, input) AS place FROM inputs FINAL) AS i " +
			"ON f.input = i.input" + s.where(s.flowConditions()) +
			" ORDER BY i.place, f.first_frame, f.first_header"
	}
	keys := []string{"proto"}
	if table == Ports {
		keys = append(keys, "port", "no_ports")
	}
	if s.remote.byMinute {
		keys = append(keys, "minute")
	}
	for i, name := range names {
		switch name {
		case "minute":
			names[i] = "NULL"
			if s.remote.byMinute { // captures without times have their packets in 1970
				names[i] = "if(min(first_ns) IS NULL, NULL, toUnixTimestamp64Micro(minute))"
			}
		case "input":
			names[i] = "''" // the query adds up all inputs
		case "proto", "port", "no_ports":
		case "first_ns":
			names[i] = "min(first_ns)"
		case "last_ns":
			names[i] = "max(last_ns)"
		default:
			names[i] = "sum(" + name + ")"
		}
	}
	return "SELECT " + strings.Join(names, ", ") + " FROM " + table +
		s.where(s.minuteConditions(table)) + " GROUP BY " + strings.Join(keys, ", ")
}

func (s *Store) where(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// flowConditions returns the SQL conditions that select the flows that pass the filter.
func (s *Store) flowConditions() (list []string) {
	if s.only == nil {
		return nil
	}
	if s.only.Proto != decode.ProtoNone {
		list = append(list, "f.proto = '"+s.only.Proto.String()+"'")
	}
	if s.only.Start != noTime {
		day := s.only.Start - nanosPerDay // no part lasts longer, so whole partitions are skipped
		list = append(list, fmt.Sprintf("f.end_ns >= %d", s.only.Start),
			fmt.Sprintf("f.start >= fromUnixTimestamp64Micro(%d)", day/int64(time.Microsecond)))
	}
	if s.only.End != noTime {
		list = append(list, fmt.Sprintf("f.start_ns < %d", s.only.End))
	}
	if s.hasHost() {
		list = append(list, fmt.Sprintf("(isIPAddressInRange(if(f.a_ip = '', '::', f.a_ip), '%s')"+
			" OR isIPAddressInRange(if(f.b_ip = '', '::', f.b_ip), '%[1]s'))", s.only.Host))
	}
	return list
}

// minuteConditions returns the SQL conditions that select the minutes that pass the filter.
func (s *Store) minuteConditions(table string) (list []string) {
	if s.only == nil {
		return nil
	}
	if table == Ports && s.only.Proto != decode.ProtoNone {
		list = append(list, "proto = '"+s.only.Proto.String()+"'")
	}
	if s.only.Start != noTime || s.only.End != noTime {
		list = append(list, "first_ns IS NOT NULL")
	}
	if s.only.Start != noTime {
		list = append(list, fmt.Sprintf("minute >= fromUnixTimestamp64Micro(%d)",
			s.only.Start/int64(time.Microsecond)))
	}
	if s.only.End != noTime {
		list = append(list, fmt.Sprintf("minute < fromUnixTimestamp64Micro(%d)",
			s.only.End/int64(time.Microsecond)))
	}
	return list
}

// clear makes the columns empty.
func (c *columns) clear() {
	c.rows = 0
	for i := range c.ints {
		c.ints[i] = c.ints[i][:0]
	}
	for i := range c.texts {
		c.texts[i] = c.texts[i][:0]
	}
	if len(c.known) > maxTexts {
		clear(c.known)
	}
}

// addRow adds a row: numbers first, then texts.
func (c *columns) addRow(row []*string) error {
	if want := len(c.ints) + len(c.texts); len(row) != want {
		return fmt.Errorf("a row of %d values, want %d", len(row), want)
	}
	for i, v := range row {
		if i >= len(c.ints) {
			text := null
			if v != nil {
				text = c.intern(*v)
			}
			at := i - len(c.ints)
			c.texts[at] = append(c.texts[at], text)
			continue
		}
		n := int64(noTime)
		if v != nil {
			var err error
			if n, err = strconv.ParseInt(*v, 10, 64); err != nil {
				return fmt.Errorf("column %s: %q is no number", c.intNames[i], *v)
			}
		}
		c.ints[i] = append(c.ints[i], n)
	}
	c.rows++
	return nil
}

// intern returns a text equal to the given one, so that equal texts share memory.
func (c *columns) intern(text string) string {
	if s, ok := c.known[text]; ok {
		return s
	}
	c.known[text] = text
	return text
}
