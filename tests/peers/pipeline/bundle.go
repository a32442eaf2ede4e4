package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

type values = map[string]interface{}

// bundle is the injector's own bundle: its templates in Go's words, its values and mesh config as they are.
type bundle struct {
	sidecar *template.Template
	paths   [][]string
	values  values
	mesh    values
}

func loadBundle(folder string) *bundle {
	translation := &translation{partials: folder + "/templates/partials/"}
	text := translation.file(folder + "/templates/sidecar.yaml.hbs")
	return &bundle{
		sidecar: template.Must(template.New("sidecar").Funcs(functions()).Parse(text)),
		paths:   translation.paths,
		values:  loadYAML(filepath.Join(folder, "values.yaml")),
		mesh:    loadYAML(filepath.Join(folder, "mesh.yaml")),
	}
}

func loadYAML(file string) values {
	text, err := os.ReadFile(file)
	check(err)
	loaded := values{}
	check(yaml.Unmarshal(text, &loaded))
	return loaded
}

func (b *bundle) render(pod *corev1.Pod) []byte {
	data := values{
		"metadata": asMap(&pod.ObjectMeta), "spec": asMap(&pod.Spec), "workload": workload(pod), "values": b.values, "meshConfig": b.mesh,
		"proxyConfig": values{}, "proxyConfigJSON": "{}", "revision": "", "nativeSidecar": false, "interceptionMode": "REDIRECT",
		"proxyImage": b.image("proxy"), "proxyInitImage": b.image("proxy_init"), "proxyUID": 1337, "proxyGID": 1337,
		"inboundTrafficPolicyMode": "passthrough",
	}
	for _, path := range b.paths {
		ensure(data, path)
	}
	var text bytes.Buffer
	check(b.sidecar.Execute(&text, data))
	return text.Bytes()
}

// asMap makes the map that templates read; the field names are the JSON names.
func asMap(object interface{}) values {
	text, err := json.Marshal(object)
	check(err)
	made := values{}
	check(json.Unmarshal(text, &made))
	return made
}

// ensure makes the maps on the way to a value: Go's templates fail on a member of nothing.
func ensure(data values, path []string) {
	for _, name := range path {
		inner, ok := data[name].(values)
		if !ok {
			if data[name] != nil {
				return
			}
			inner = values{}
			data[name] = inner
		}
		data = inner
	}
}

func (b *bundle) image(section string) string {
	global := b.values["global"].(values)
	return fmt.Sprintf("%v/%v:%v", global["hub"], global[section].(values)["image"], global["tag"])
}

// workload finds the owner as far as the comparison needs it: a ReplicaSet of a Deployment, or the pod itself.
func workload(pod *corev1.Pod) values {
	for _, owner := range pod.OwnerReferences {
		if hash := pod.Labels["pod-template-hash"]; owner.Kind == "ReplicaSet" && hash != "" {
			return values{"apiVersion": owner.APIVersion, "kind": "Deployment", "name": strings.TrimSuffix(owner.Name, "-"+hash), "namespace": pod.Namespace}
		}
	}
	return values{"apiVersion": "v1", "kind": "Pod", "name": pod.Name, "namespace": pod.Namespace}
}
