package annotate_test

import (
	"fmt"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

func ExampleRegistered() {
	s := annotate.Registered(decode.ProtoUDP, 53)
	fmt.Println(s.Name)
	fmt.Println(s.Label())
	fmt.Println(s.Description)
	// Output:
	// domain
	// domain (DNS)
	// Domain Name Server
}

func ExampleRangeOf() {
	for _, port := range []uint16{443, 40001, 51514} {
		fmt.Println(port, annotate.RangeOf(port).Name(), annotate.LinuxEphemeral(port))
	}
	// Output:
	// 443 system (well-known) false
	// 40001 registered (user) true
	// 51514 dynamic (private) true
}

func ExampleDecide() {
	d := annotate.Decide(annotate.RoleFacts{Proto: decode.ProtoTCP, PortA: 2049, PortB: 443,
		SYNFrom: annotate.SideA})
	fmt.Println(d.Client() == annotate.SideA, d.Evidence())
	fmt.Printf("2049 %q, 443 %q\n", d.Service(annotate.SideA), d.Service(annotate.SideB))
	fmt.Printf("2049 is registered for %q\n", annotate.Registered(decode.ProtoTCP, 2049).Name)
	// Output:
	// true syn
	// 2049 "", 443 "https"
	// 2049 is registered for "nfs"
}

func ExampleFind() {
	for _, query := range []string{"53/udp", "rdp/tcp", "6000-6010/tcp", "443/icmp"} {
		found, err := annotate.Find(query)
		if err != nil {
			fmt.Println(err)
		}
		for _, m := range found.Matches {
			fmt.Println(m.Port, m.High, m.Label(), "by", m.Kind)
		}
	}
	// Output:
	// 53 53 domain (DNS) by number
	// 3389 3389 ms-wbt-server (RDP) by everyday-name
	// 6000 6010 x11 by number
	// "icmp" has no ports: only tcp, udp, udplite, sctp and dccp do
}

// A capture filter accepts the names of services.
func ExampleFilterServices() {
	p, err := filter.Compile("port https or domain", filter.Options{Link: linktype.Ethernet,
		Services: annotate.FilterServices})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Ports())
	_, err = filter.Compile("port htps", filter.Options{Link: linktype.Ethernet,
		Services: annotate.FilterServices})
	fmt.Println(err)
	// Output:
	// [{443 443} {53 53}]
	// "htps": no service of that name is registered
}
