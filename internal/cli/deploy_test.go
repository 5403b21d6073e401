package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"
)

// The forms of the manifests, as far as ours go: a key that is not here is an error, so a slip of a letter is found.
type (
	manifest struct {
		APIVersion string         `yaml:"apiVersion"`
		Kind       string         `yaml:"kind"`
		Metadata   map[string]any `yaml:"metadata"`
		Spec       yaml.Node      `yaml:"spec"`
	}
	selector struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	}
	deploymentYML struct {
		Replicas             int      `yaml:"replicas"`
		RevisionHistoryLimit int      `yaml:"revisionHistoryLimit"`
		Selector             selector `yaml:"selector"`
		Strategy             struct {
			Type          string `yaml:"type"`
			RollingUpdate struct {
				MaxUnavailable *int `yaml:"maxUnavailable"`
				MaxSurge       int  `yaml:"maxSurge"`
			} `yaml:"rollingUpdate"`
		} `yaml:"strategy"`
		Template struct {
			Metadata struct {
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"metadata"`
			Spec podYML `yaml:"spec"`
		} `yaml:"template"`
	}
	podYML struct {
		AutomountServiceAccountToken  *bool          `yaml:"automountServiceAccountToken"`
		TerminationGracePeriodSeconds int            `yaml:"terminationGracePeriodSeconds"`
		SecurityContext               map[string]any `yaml:"securityContext"`
		TopologySpreadConstraints     []struct {
			MaxSkew           int      `yaml:"maxSkew"`
			TopologyKey       string   `yaml:"topologyKey"`
			WhenUnsatisfiable string   `yaml:"whenUnsatisfiable"`
			LabelSelector     selector `yaml:"labelSelector"`
		} `yaml:"topologySpreadConstraints"`
		Containers []containerYML `yaml:"containers"`
		Volumes    []struct {
			Name  string `yaml:"name"`
			Claim struct {
				Name string `yaml:"claimName"`
			} `yaml:"persistentVolumeClaim"`
		} `yaml:"volumes"`
	}
	containerYML struct {
		Name  string   `yaml:"name"`
		Image string   `yaml:"image"`
		Args  []string `yaml:"args"`
		Env   []struct {
			Name      string `yaml:"name"`
			Value     string `yaml:"value"`
			ValueFrom struct {
				SecretKeyRef struct {
					Name string `yaml:"name"`
					Key  string `yaml:"key"`
				} `yaml:"secretKeyRef"`
			} `yaml:"valueFrom"`
		} `yaml:"env"`
		Ports []struct {
			Name          string `yaml:"name"`
			ContainerPort int    `yaml:"containerPort"`
		} `yaml:"ports"`
		StartupProbe   probeYML `yaml:"startupProbe"`
		ReadinessProbe probeYML `yaml:"readinessProbe"`
		LivenessProbe  probeYML `yaml:"livenessProbe"`
		Resources      struct {
			Requests map[string]string `yaml:"requests"`
			Limits   map[string]string `yaml:"limits"`
		} `yaml:"resources"`
		SecurityContext struct {
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			Capabilities             struct {
				Drop []string `yaml:"drop"`
			} `yaml:"capabilities"`
		} `yaml:"securityContext"`
		VolumeMounts []struct {
			Name      string `yaml:"name"`
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
	probeYML struct {
		HTTPGet struct {
			Path string `yaml:"path"`
			Port string `yaml:"port"`
		} `yaml:"httpGet"`
		PeriodSeconds    int `yaml:"periodSeconds"`
		TimeoutSeconds   int `yaml:"timeoutSeconds"`
		FailureThreshold int `yaml:"failureThreshold"`
	}
	portYML struct {
		Name       string `yaml:"name"`
		Port       any    `yaml:"port"`
		TargetPort string `yaml:"targetPort"`
		Protocol   string `yaml:"protocol"`
	}
	serviceYML struct {
		Selector map[string]string `yaml:"selector"`
		Ports    []portYML         `yaml:"ports"`
	}
	disruptionYML struct {
		MaxUnavailable int      `yaml:"maxUnavailable"`
		Selector       selector `yaml:"selector"`
	}
	networkYML struct {
		PodSelector map[string]string `yaml:"podSelector"`
		PolicyTypes []string          `yaml:"policyTypes"`
		Ingress     []struct {
			From []struct {
				NamespaceSelector selector `yaml:"namespaceSelector"`
			} `yaml:"from"`
			Ports []portYML `yaml:"ports"`
		} `yaml:"ingress"`
		Egress []struct {
			Ports []portYML `yaml:"ports"`
		} `yaml:"egress"`
	}
	storageYML struct {
		AccessModes []string `yaml:"accessModes"`
		Resources   struct {
			Requests map[string]string `yaml:"requests"`
		} `yaml:"resources"`
	}
	ingressYML struct {
		TLS []struct {
			Hosts      []string `yaml:"hosts"`
			SecretName string   `yaml:"secretName"`
		} `yaml:"tls"`
		Rules []struct {
			Host string `yaml:"host"`
			HTTP struct {
				Paths []struct {
					Path     string `yaml:"path"`
					PathType string `yaml:"pathType"`
					Backend  struct {
						Service struct {
							Name string            `yaml:"name"`
							Port map[string]string `yaml:"port"`
						} `yaml:"service"`
					} `yaml:"backend"`
				} `yaml:"paths"`
			} `yaml:"http"`
		} `yaml:"rules"`
	}
	kustomizationYML struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
		Namespace  string `yaml:"namespace"`
		Labels     []struct {
			IncludeSelectors bool              `yaml:"includeSelectors"`
			Pairs            map[string]string `yaml:"pairs"`
		} `yaml:"labels"`
		Resources []string            `yaml:"resources"`
		Images    []map[string]string `yaml:"images"`
		Patches   []struct {
			Target map[string]string `yaml:"target"`
			Patch  string            `yaml:"patch"`
		} `yaml:"patches"`
	}
)

const deployDir = "../../deploy"

func strictly(t *testing.T, data []byte, into any) {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatal(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		t.Fatalf("there is a second document: %v", err)
	}
}

// readManifest reads a manifest and its spec.
func readManifest(t *testing.T, name, kind string, spec any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(deployDir, "kubernetes", name))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	strictly(t, data, &m)
	if m.Kind != kind || m.Metadata["name"] != "firstlook" {
		t.Errorf("%s: %s %v", name, m.Kind, m.Metadata["name"])
	}
	text, err := yaml.Marshal(&m.Spec)
	if err != nil {
		t.Fatal(err)
	}
	strictly(t, text, spec)
}

// checkCommandLine holds the arguments of a container or a unit against the command itself.
func checkCommandLine(t *testing.T, args []string) *cobra.Command {
	t.Helper()
	a := &app{out: io.Discard, err: io.Discard}
	c, rest, err := a.root().Find(args)
	if err != nil || c.Name() != "serve" {
		t.Fatalf("%v: %v", args, err)
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("%v: %v", rest, err)
	}
	if left := c.Flags().Args(); len(left) > 0 {
		t.Errorf("%v is not read", left)
	}
	if err := c.ValidateFlagGroups(); err != nil {
		t.Error(err)
	}
	return c
}

// program are the variables and paths that the sources of the program name.
func program(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range []string{".", "../httpapi"} {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

// The Deployment runs what the program takes: flags, ports, paths and variables, and gives it the time that it needs to drain.
func TestDeployment(t *testing.T) {
	var d deploymentYML
	readManifest(t, "base/deployment.yaml", "Deployment", &d)
	if d.Replicas != 3 || d.Strategy.Type != "RollingUpdate" || d.Strategy.RollingUpdate.MaxUnavailable == nil || *d.Strategy.RollingUpdate.MaxUnavailable != 0 {
		t.Error("not three replicas of which none is missing while they are replaced")
	}
	pod := d.Template.Spec
	if len(pod.Containers) != 1 || pod.SecurityContext["runAsNonRoot"] != true {
		t.Fatal("not one container of a user of its own")
	}
	c := pod.Containers[0]
	serve := checkCommandLine(t, c.Args)
	text := program(t)
	ports := map[string]int{}
	for _, p := range c.Ports {
		ports[p.Name] = p.ContainerPort
	}
	for flag, port := range map[string]string{"listen": "0.0.0.0:7780", "metrics": "0.0.0.0:9780"} {
		if got := serve.Flags().Lookup(flag).Value.String(); got != port {
			t.Errorf("--%s is %s", flag, got)
		}
	}
	if ports["http"] != 7780 || ports["metrics"] != 9780 || d.Template.Metadata.Annotations["prometheus.io/port"] != "9780" {
		t.Errorf("ports %v", ports)
	}
	for _, p := range []probeYML{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
		if p.HTTPGet.Port != "http" || !strings.Contains(text, `"GET `+p.HTTPGet.Path+`"`) {
			t.Errorf("the program has no %s at %s", p.HTTPGet.Path, p.HTTPGet.Port)
		}
	}
	for _, e := range c.Env {
		if e.Name != "GOMEMLIMIT" && !strings.Contains(text, `"`+e.Name+`"`) {
			t.Errorf("the program does not read %s", e.Name)
		}
	}
	// Two failed looks at readiness, and then some time until the proxies have heard of it.
	wait, err := time.ParseDuration(serve.Flags().Lookup("drain-wait").Value.String())
	probe := time.Duration(c.ReadinessProbe.PeriodSeconds*c.ReadinessProbe.FailureThreshold) * time.Second
	if grace := time.Duration(pod.TerminationGracePeriodSeconds) * time.Second; err != nil || wait < probe+3*time.Second || grace < wait+15*time.Second {
		t.Errorf("it drains after %s, is looked at for %s and killed after %s, %v", wait, probe, grace, err)
	}
	if c.VolumeMounts[0].MountPath != c.Env[0].Value || c.SecurityContext.AllowPrivilegeEscalation == nil || *c.SecurityContext.AllowPrivilegeEscalation {
		t.Error("the data folder is not the volume, or privileges may grow")
	}
}

// What stands beside the Deployment reads strictly and leads to its ports.
func TestManifests(t *testing.T) {
	var service serviceYML
	readManifest(t, "base/service.yaml", "Service", &service)
	if len(service.Ports) != 1 || service.Ports[0].TargetPort != "http" {
		t.Errorf("%+v", service)
	}
	var budget disruptionYML
	readManifest(t, "base/disruption.yaml", "PodDisruptionBudget", &budget)
	if budget.MaxUnavailable != 1 {
		t.Errorf("%+v", budget)
	}
	var network networkYML
	readManifest(t, "base/network.yaml", "NetworkPolicy", &network)
	if len(network.Ingress) != 2 || network.Ingress[0].Ports[0].Port != 7780 || network.Ingress[1].Ports[0].Port != 9780 {
		t.Errorf("%+v", network)
	}
	var storage storageYML
	readManifest(t, "base/storage.yaml", "PersistentVolumeClaim", &storage)
	var ingress ingressYML
	readManifest(t, "example/ingress.yaml", "Ingress", &ingress)
	if ingress.Rules[0].HTTP.Paths[0].Backend.Service.Name != "firstlook" || ingress.Rules[0].HTTP.Paths[0].Backend.Service.Port["name"] != service.Ports[0].Name {
		t.Errorf("%+v", ingress)
	}
	for _, name := range []string{"base", "example"} {
		dir := filepath.Join(deployDir, "kubernetes", name)
		data, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var k kustomizationYML
		strictly(t, data, &k)
		for _, r := range k.Resources {
			if _, err := os.Stat(filepath.Join(dir, r)); err != nil {
				t.Error(err)
			}
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if base := filepath.Base(f); base != "kustomization.yaml" && !slices.Contains(k.Resources, base) {
				t.Errorf("%s is not used", f)
			}
		}
		for _, p := range k.Patches {
			for _, flag := range regexp.MustCompile(`--[^\s]+`).FindAllString(p.Patch, -1) {
				checkCommandLine(t, []string{"serve", flag})
			}
		}
		if kubectl, err := exec.LookPath("kubectl"); err == nil { // where it is there, it has the last word on what it takes
			if out, err := exec.Command(kubectl, "kustomize", dir).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("kind: Deployment")) {
				t.Errorf("%v\n%s", err, out)
			}
		}
	}
}

// The unit starts what the program takes, in the folder that it is given.
func TestUnit(t *testing.T) {
	name := filepath.Join(deployDir, "systemd", "firstlook.service")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	value := func(key string) string {
		m := regexp.MustCompile(`(?m)^` + key + `=(.*)$`).FindSubmatch(text)
		if m == nil {
			t.Fatalf("the unit has no %s", key)
		}
		return string(m[1])
	}
	line := strings.Fields(value("ExecStart"))
	checkCommandLine(t, line[1:])
	if got := value("Environment"); got != "FIRSTLOOK_DATA=/var/lib/"+value("StateDirectory") {
		t.Errorf("the record is in %s", got)
	}
	for key, want := range map[string]string{"DynamicUser": "yes", "ProtectSystem": "strict", "NoNewPrivileges": "yes", "StateDirectoryMode": "0700", "UMask": "0077", "KillSignal": "SIGTERM"} {
		if got := value(key); got != want {
			t.Errorf("%s is %s", key, got)
		}
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return // what follows asks it
	}
	unit := filepath.Join(t.TempDir(), "firstlook.service")
	own := bytes.Replace(text, []byte(line[0]), []byte(testBinary(t)), 1) // which is there, other than the installed one
	if err := os.WriteFile(unit, own, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", unit).CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// The image runs the program as the manifests expect it.
func TestContainerfile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(deployDir, "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FROM scratch", "CGO_ENABLED=0", "./cmd/firstlook", "ENV FIRSTLOOK_DATA=/var/lib/firstlook", "USER 65532:65532", "EXPOSE 7780 9780", `ENTRYPOINT ["/usr/local/bin/firstlook"]`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("it has no %s", want)
		}
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	if !strings.Contains(string(text), "golang:"+string(version[1])+" ") {
		t.Errorf("it is not built with Go %s", version[1])
	}
}
