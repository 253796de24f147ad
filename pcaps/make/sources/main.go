// Command sources prints SOURCES.md from the table in package pcaps, the embedded captures and the
// versions of the installed Debian packages. Run it on the machine that recorded the samples: go
// run ./pcaps/make/sources >pcaps/SOURCES.md.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/pcaps"
)

const head = `# Where the samples come from

Recorded with ` + "`make/make-samples.sh`" + ` on Debian 12 between network namespaces joined by a veth pair, and not edited afterwards. The client
is 192.0.2.10 and 2001:db8:1::10 (02:00:00:00:00:10), the server 198.51.100.7 and 2001:db8:2::7 (02:00:00:00:00:07), one link
apart; tunnels run between 203.0.113.1 and .2 or between those two, with 192.0.2.65 and .66 inside. Names are example.test, the
certificate and keys were made for the recording. Checksum and segmentation offload were off, so what is in the files is what
a wire carries.

The kernel of the recording machine (Linux 6.18) had no devices for VLAN, GRE, Geneve, IP-in-IP and 6in4, no MPLS routing, and
neither SCTP nor DCCP, ESP or AH. So:

- VLAN, QinQ, MPLS, Geneve and keyed GRE were made by Open vSwitch's userspace datapath, one switch at either end of the wire;
- plain GRE, IPv4-in-IPv4 and IPv6-in-IPv4 were carried by ` + "`make/tunnel.py`" + ` between a TUN device and a raw socket, whose IPv4
  header is the kernel's;
- SCTP was spoken by usrsctp in user space;
- DCCP, AH and ESP were built with gopacket's serializer (DCCP's own header by hand, for gopacket has none), as were the rows
  that say **built**: no server here speaks them. ESP's and AH's check values and ESP's payload are a fixed pattern, made
  with no key.

In ` + "`two-interfaces.pcapng`" + ` the options that name the machine's hardware and kernel were dropped by ` + "`make/scrub.py`" + `; in ` + "`vlan.pcap`" + `
and ` + "`gre.pcap`" + ` two recordings follow each other.

Columns: how made names the server, then the client.

| file | packets | what is in it | how made | what a learner should see |
|---|---|---|---|---|
`

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sources:", err)
		os.Exit(1)
	}
}

func run(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(head)
	for _, s := range pcaps.List() {
		n, err := packets(s.Name)
		if err != nil {
			return err
		}
		how := s.How
		if s.Built {
			how = "**built**: " + how
		}
		fmt.Fprintf(&b, "| `%s` | %d | %s | %s | %s |\n", s.File, n, s.Title, how, s.Learn)
	}
	b.WriteString("\n## Programs\n\n| program | Debian package | version |\n|---|---|---|\n")
	for _, p := range [][2]string{
		{"vsftpd", "vsftpd"}, {"tnftp", "ftp"}, {"OpenSSH server", "openssh-server"},
		{"OpenSSH client", "openssh-client"},
		{"inetutils telnetd", "inetutils-telnetd"}, {"telnet", "telnet"},
		{"inetd (telnet, echo)", "openbsd-inetd"},
		{"OpenSMTPD", "opensmtpd"}, {"nc", "netcat-openbsd"}, {"dnsmasq", "dnsmasq-base"},
		{"dig", "bind9-dnsutils"},
		{"nginx", "nginx-light"}, {"curl", "curl"}, {"dovecot", "dovecot-pop3d"},
		{"chrony", "chrony"}, {"BIRD", "bird2"},
		{"usrsctp examples", "libusrsctp-examples"}, {"Open vSwitch", "openvswitch-switch"},
		{"ping", "iputils-ping"},
		{"iproute2", "iproute2"}, {"tcpdump", "tcpdump"},
		{"dumpcap, editcap, mergecap, reordercap", "wireshark-common"},
	} {
		version, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", p[1]).Output()
		if err != nil {
			return fmt.Errorf("version of %s: %w", p[1], err)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p[0], p[1], version)
	}
	_, err := b.WriteTo(w)
	return err
}

// packets returns the number of packets in a sample.
func packets(name string) (int64, error) {
	f, err := pcaps.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r, err := pcapfile.NewReader(f, name, pcapfile.Options{})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var p capture.Packet
	for err == nil {
		err = r.Next(&p)
	}
	if err != io.EOF {
		return 0, err
	}
	return r.Packets(), nil
}
