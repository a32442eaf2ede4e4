using 'main.bicep'

// An example with most of what can be set. Only the name is needed.

param name = 'injector-example'
param tags = { application: 'sidecar-injector' }

param alwaysReadyInstances = 1
param instanceMemoryMB = 2048

param bundlePath = 'bundle.tar'

// What `openssl ec -in bundle.key -pubout` printed. Without keys, unsigned bundles are taken.
param publicKeys = [
  '''
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEREPLACEWITHYOURSREPLACEWITHYOURSREPLACEWITHYOURSREPLACEWITHYOURSREPLACEWITHYOURSREPLACE
-----END PUBLIC KEY-----
'''
]

param settings = {
  SidecarInjector__Source__RefreshInterval: '00:00:30'
  SidecarInjector__Source__MinimumVersion: '0'
  // What `injector webhook credentials new --url https://HOSTNAME --cluster east` printed. Digests, so no secrets.
  SidecarInjector__Authentication__Callers__0__Clusters: 'east'
  SidecarInjector__Authentication__Callers__0__PathToken: 'sha256:0000000000000000000000000000000000000000000000000000000000000000'
}

// The egress addresses of your API servers; docs/azure.md says how to find them.
param allowedCallers = [
  { name: 'cluster-east', address: '203.0.113.7/32' }
  { name: 'cluster-west', address: '198.51.100.0/28' }
]

// The pipeline that pushes bundles: az ad sp show --id APPLICATION_ID --query id
// param pusherPrincipalId = '00000000-0000-0000-0000-000000000000'

// param keyVaultName = 'kv-example'
// param keyVaultReferences = { SidecarInjector__Source__Http__BearerToken: 'bundle-token' }
