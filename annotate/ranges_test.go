package annotate

import (
	"slices"
	"testing"
)

func TestRangeOf(t *testing.T) {
	for _, c := range []struct {
		port              uint16
		want              Range
		word, short, long string
	}{
		{0, System, "system", "sys", "system (well-known)"},
		{80, System, "system", "sys", "system (well-known)"},
		{1023, System, "system", "sys", "system (well-known)"},
		{1024, User, "registered", "reg", "registered (user)"},
		{40001, User, "registered", "reg", "registered (user)"},
		{49151, User, "registered", "reg", "registered (user)"},
		{49152, Dynamic, "dynamic", "dyn", "dynamic (private)"},
		{65535, Dynamic, "dynamic", "dyn", "dynamic (private)"},
	} {
		r := RangeOf(c.port)
		if r != c.want || r.String() != c.word || r.Short() != c.short || r.Name() != c.long {
			t.Errorf("%d: %d, %q, %q, %q, want %d, %q, %q, %q", c.port, r, r.String(), r.Short(),
				r.Name(), c.want, c.word, c.short, c.long)
		}
	}
}

func TestBounds(t *testing.T) {
	for _, c := range []struct {
		r         Range
		low, high uint16
	}{{System, 0, 1023}, {User, 1024, 49151}, {Dynamic, 49152, 65535}, {9, 0, 0}} {
		if low, high := c.r.Bounds(); low != c.low || high != c.high {
			t.Errorf("%v: %d to %d, want %d to %d", c.r, low, high, c.low, c.high)
		}
	}
	if r := Range(9); r.String() != "" || r.Short() != "" || r.Name() != "" {
		t.Errorf("no range has the names %q, %q, %q", r.String(), r.Short(), r.Name())
	}
}

func TestEphemeralIn(t *testing.T) {
	for _, c := range []struct {
		port uint16
		want []string
	}{
		{1023, nil},
		{1024, []string{"OpenBSD"}},
		{9999, []string{"OpenBSD"}},
		{10000, []string{"FreeBSD", "OpenBSD"}},
		{32767, []string{"FreeBSD", "OpenBSD"}},
		{32768, []string{"Linux", "FreeBSD", "OpenBSD", "Solaris, illumos"}},
		{49151, []string{"Linux", "FreeBSD", "OpenBSD", "Solaris, illumos"}},
		{49152, []string{"Linux", "Windows", "macOS, iOS", "FreeBSD", "NetBSD",
			"Solaris, illumos"}},
		{60999, []string{"Linux", "Windows", "macOS, iOS", "FreeBSD", "NetBSD",
			"Solaris, illumos"}},
		{61000, []string{"Windows", "macOS, iOS", "FreeBSD", "NetBSD", "Solaris, illumos"}},
		{65535, []string{"Windows", "macOS, iOS", "FreeBSD", "NetBSD", "Solaris, illumos"}},
	} {
		var got []string
		for _, e := range EphemeralIn(c.port) {
			got = append(got, e.OS)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d: %q, want %q", c.port, got, c.want)
		}
		if linux := slices.Contains(c.want, "Linux"); LinuxEphemeral(c.port) != linux {
			t.Errorf("%d: LinuxEphemeral is %t", c.port, !linux)
		}
	}
}

// TestEphemeralsIsACopy checks that a caller cannot change the result of later calls.
func TestEphemeralsIsACopy(t *testing.T) {
	e := Ephemerals()
	if len(e) != 7 || e[0].OS != "Linux" || e[0].Source == "" {
		t.Fatalf("%+v", e)
	}
	e[0].Low = 1
	if Ephemerals()[0].Low != 32768 || LinuxEphemeral(1) {
		t.Error("the table changed with the copy")
	}
}
