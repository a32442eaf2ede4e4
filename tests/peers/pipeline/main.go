// Command pipeline does an injector's work as injectors in Go do it: it decodes the review into Kubernetes' types, renders the
// template with text/template and sprig, reads the YAML, merges strategically, post-processes and makes a JSON patch.
//
// usage: pipeline BUNDLE REVIEW            prints the answer
//
//	pipeline BUNDLE REVIEW timed      for each line on standard input, answers for half a second and prints
//	                                  microseconds and allocated bytes of one answer
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"
)

const batch = 500 * time.Millisecond

func main() {
	bundle := loadBundle(os.Args[1])
	review, err := os.ReadFile(os.Args[2])
	check(err)
	if len(os.Args) == 3 {
		os.Stdout.Write(answer(bundle, review))
		return
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		measure(bundle, review)
	}
}

func measure(bundle *bundle, review []byte) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	count, started := 0, time.Now()
	for time.Since(started) < batch {
		answer(bundle, review)
		count++
	}
	took := time.Since(started)
	runtime.ReadMemStats(&after)
	fmt.Printf("%.1f %d\n", float64(took.Nanoseconds())/1000/float64(count), (after.TotalAlloc-before.TotalAlloc)/uint64(count))
}

func answer(bundle *bundle, body []byte) []byte {
	review := admissionv1.AdmissionReview{}
	check(json.Unmarshal(body, &review))
	raw := review.Request.Object.Raw
	pod := corev1.Pod{}
	check(json.Unmarshal(raw, &pod))
	if pod.Namespace == "" {
		pod.Namespace = review.Request.Namespace
	}

	overlay := bundle.render(&pod)
	// As Istio's injector does: once onto nothing, to know what the template brings, and once onto the pod.
	brought := merge(&corev1.Pod{}, overlay)
	merged := merge(&pod, overlay)
	postProcess(merged, brought)

	final, err := json.Marshal(merged)
	check(err)
	patch, err := json.Marshal(difference(raw, final))
	check(err)
	kind := admissionv1.PatchTypeJSONPatch
	review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true, Patch: patch, PatchType: &kind}
	review.Request = nil
	response, err := json.Marshal(review)
	check(err)
	return response
}

func merge(target *corev1.Pod, overlay []byte) *corev1.Pod {
	current, err := json.Marshal(target)
	check(err)
	patch, err := yaml.YAMLToJSON(overlay)
	check(err)
	merged, err := strategicpatch.StrategicMergePatch(current, patch, corev1.Pod{})
	check(err)
	pod := &corev1.Pod{}
	check(json.Unmarshal(merged, pod))
	return pod
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
