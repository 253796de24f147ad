package annotate

// An Ephemeral is the default range from which an operating system assigns ports to clients.
// Administrators can change it, and a program can bind any port. So the range is evidence of a
// role, not proof.
type Ephemeral struct {
	OS        string
	Low, High uint16 // both inclusive
	Source    string // the setting that contains it, and its documentation
}

// linux is the most common range. It includes ports of IANA's registered range.
var linux = Ephemeral{"Linux", 32768, 60999, "net.ipv4.ip_local_port_range, ip(7)"}

var ephemerals = [...]Ephemeral{
	linux,
	{"Windows", 49152, 65535, "netsh int ipv4 show dynamicport tcp; since Vista and Server 2008"},
	{"macOS, iOS", 49152, 65535, "net.inet.ip.portrange.first and .last"},
	{"FreeBSD", 10000, 65535, "net.inet.ip.portrange.first and .last, ip(4)"},
	{"NetBSD", 49152, 65535, "net.inet.ip.anonportmin and .anonportmax, sysctl(7)"},
	{"OpenBSD", 1024, 49151, "net.inet.ip.portfirst and .portlast, sysctl(2)"},
	{"Solaris, illumos", 32768, 65535, "ipadm smallest_anon_port and largest_anon_port"},
}

// Ephemerals are the default ephemeral ranges of common operating systems, Linux first.
func Ephemerals() []Ephemeral { return append([]Ephemeral(nil), ephemerals[:]...) }

// EphemeralIn returns the operating systems that by default assign the port to clients, in the
// order of [Ephemerals].
func EphemeralIn(port uint16) []Ephemeral {
	var in []Ephemeral
	for _, e := range ephemerals {
		if e.Has(port) {
			in = append(in, e)
		}
	}
	return in
}

// Has reports whether the port lies in the range.
func (e Ephemeral) Has(port uint16) bool { return e.Low <= port && port <= e.High }

// LinuxEphemeral reports whether Linux by default assigns the port to clients: 32768 to 60999. It
// allocates nothing.
func LinuxEphemeral(port uint16) bool { return linux.Has(port) }
