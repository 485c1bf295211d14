#!/usr/bin/python3
"""The same graph built by Mininet 2.3.0 with its own classes: hosts, routers as hosts that forward, Linux bridges.

usage: mininet.py GRAPH.json      in network, mount and pid namespaces of its own (see mininet.ts)
Says `up` when the network runs, stops it when a line (or the end) comes on standard input, says `down`.
"""
import json
import resource
import subprocess
import sys

sys.path.insert(0, '/usr/lib/python3/dist-packages')
from mininet.log import setLogLevel  # noqa: E402
from mininet.net import Mininet  # noqa: E402
from mininet.nodelib import LinuxBridge  # noqa: E402
from mininet.topo import Topo  # noqa: E402


class Graph(Topo):
    """Nodes and links as the file has them."""

    def build(self, graph):
        for host in graph['hosts']:
            self.addHost(host['name'], ip=None)
        for switch in graph['switches']:
            self.addSwitch(switch)
        for link in graph['links']:
            one, two = link
            self.addLink(one['node'], two['node'], params1={'ip': one['ip']} if one['ip'] else {}, params2={'ip': two['ip']} if two['ip'] else {})


def main():
    with open(sys.argv[1], encoding='utf-8') as file:
        graph = json.load(file)
    setLogLevel('error')
    # Mininet raises limits of the whole machine when it starts (fixLimits); the run must leave the machine as it was.
    Mininet.inited = True
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', '/run/netns'], check=True)
    net = Mininet(topo=Graph(graph=graph), switch=LinuxBridge, controller=None, ipBase='172.16.0.0/12')
    net.start()
    for host in graph['hosts']:
        node = net.get(host['name'])
        if host['forward']:
            node.cmd('sysctl -w net.ipv4.ip_forward=1')
        for route in host['routes']:
            node.cmd('ip route add %s via %s' % (route['to'], route['via']))
    print('up', flush=True)
    sys.stdin.readline()
    net.stop()
    print('down', flush=True)


main()
