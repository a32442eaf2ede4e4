package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const (
	agentPort = 15020
	proxyName = "istio-proxy"
)

// postProcess does what an injector does after merging, for a pod that was never injected and whose proxy is an ordinary container.
func postProcess(pod, brought *corev1.Pod) {
	proxy := &pod.Spec.Containers[position(pod.Spec.Containers, proxyName)]
	mergePrometheus(pod, proxy)
	rewriteProbes(pod, proxy)
	pod.Annotations["sidecar.istio.io/status"] = status(brought)
	pod.Spec.Containers = moveLast(pod.Spec.Containers, proxyName)
	pod.Spec.InitContainers = moveLast(pod.Spec.InitContainers, "istio-init")
}

func mergePrometheus(pod *corev1.Pod, proxy *corev1.Container) {
	scrape, path, port := pod.Annotations["prometheus.io/scrape"], pod.Annotations["prometheus.io/path"], pod.Annotations["prometheus.io/port"]
	if scrape+path+port != "" {
		setEnv(proxy, "ISTIO_PROMETHEUS_ANNOTATIONS", map[string]string{"scrape": scrape, "path": path, "port": port})
	}
	pod.Annotations["prometheus.io/port"] = strconv.Itoa(agentPort)
	pod.Annotations["prometheus.io/path"] = "/stats/prometheus"
	pod.Annotations["prometheus.io/scrape"] = "true"
}

type prober struct {
	HTTPGet        *corev1.HTTPGetAction   `json:"httpGet,omitempty"`
	TCPSocket      *corev1.TCPSocketAction `json:"tcpSocket,omitempty"`
	TimeoutSeconds int32                   `json:"timeoutSeconds,omitempty"`
}

func rewriteProbes(pod *corev1.Pod, proxy *corev1.Container) {
	probers := map[string]prober{}
	for i := range pod.Spec.Containers {
		container := &pod.Spec.Containers[i]
		if container.Name == proxyName {
			continue
		}
		rewrite(container, container.ReadinessProbe, "readyz", probers)
		rewrite(container, container.LivenessProbe, "livez", probers)
		rewrite(container, container.StartupProbe, "startupz", probers)
	}
	if len(probers) > 0 {
		setEnv(proxy, "ISTIO_KUBE_APP_PROBERS", probers)
	}
}

func rewrite(container *corev1.Container, probe *corev1.Probe, name string, probers map[string]prober) {
	if probe == nil || (probe.HTTPGet == nil && probe.TCPSocket == nil) {
		return
	}
	path := "/app-health/" + container.Name + "/" + name
	get := &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt(agentPort)}
	if probe.HTTPGet != nil {
		old := probe.HTTPGet.DeepCopy()
		old.Port = intstr.FromInt(portOf(container, old.Port))
		probers[path] = prober{HTTPGet: old, TimeoutSeconds: probe.TimeoutSeconds}
		get.Scheme, get.HTTPHeaders, get.Host = old.Scheme, old.HTTPHeaders, old.Host
		if get.Scheme == corev1.URISchemeHTTPS {
			get.Scheme = corev1.URISchemeHTTP
		}
	} else {
		old := probe.TCPSocket.DeepCopy()
		old.Port = intstr.FromInt(portOf(container, old.Port))
		probers[path] = prober{TCPSocket: old, TimeoutSeconds: probe.TimeoutSeconds}
	}
	probe.TCPSocket, probe.HTTPGet = nil, get
}

func portOf(container *corev1.Container, port intstr.IntOrString) int {
	for _, named := range container.Ports {
		if port.Type == intstr.String && named.Name == port.StrVal {
			return int(named.ContainerPort)
		}
	}
	return port.IntValue()
}

func status(brought *corev1.Pod) string {
	names := struct {
		InitContainers   []string `json:"initContainers"`
		Containers       []string `json:"containers"`
		Volumes          []string `json:"volumes"`
		ImagePullSecrets []string `json:"imagePullSecrets"`
		Revision         string   `json:"revision"`
	}{Revision: "default"}
	for _, container := range brought.Spec.InitContainers {
		names.InitContainers = append(names.InitContainers, container.Name)
	}
	for _, container := range brought.Spec.Containers {
		names.Containers = append(names.Containers, container.Name)
	}
	for _, volume := range brought.Spec.Volumes {
		names.Volumes = append(names.Volumes, volume.Name)
	}
	for _, secret := range brought.Spec.ImagePullSecrets {
		names.ImagePullSecrets = append(names.ImagePullSecrets, secret.Name)
	}
	return toJSON(names)
}

func setEnv(container *corev1.Container, name string, value interface{}) {
	container.Env = append(container.Env, corev1.EnvVar{Name: name, Value: toJSON(value)})
}

func moveLast(containers []corev1.Container, name string) []corev1.Container {
	at := position(containers, name)
	moved := containers[at]
	return append(append(containers[:at:at], containers[at+1:]...), moved)
}

func position(containers []corev1.Container, name string) int {
	for i := range containers {
		if containers[i].Name == name {
			return i
		}
	}
	panic(fmt.Sprintf("the template brings no container %s", name))
}

func toJSON(value interface{}) string {
	text, err := json.Marshal(value)
	check(err)
	return string(text)
}
