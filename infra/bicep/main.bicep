metadata name = 'Sidecar injector on Azure Functions'
metadata description = 'The webhook as a function app on the Flex Consumption plan, and a storage account for its bundles.'

// Two storage accounts, on purpose. The Functions host needs Storage Blob Data Owner on the account that it keeps its state in; if the bundles lay in the same
// account, whoever got hold of the function could rewrite them. So they have an account of their own, where the function may only read.

import { allowedCaller } from 'modules/types.bicep'

// ---- What it is called and where it runs

@description('Name of the function app; it becomes part of the host name that clusters call. The other resources derive their names from it.')
@minLength(2)
@maxLength(40)
param name string

@description('Region. Latency to the API servers counts in every pod that is made, so take the region of the clusters. It must offer Flex Consumption.')
param location string = resourceGroup().location

@description('Tags for every resource.')
param tags object = {}

// ---- How it scales

@description('Memory of an instance, in MB; CPU grows with it. The injector is small: more buys CPU, not room.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('How many instances there may be at most. Azure has refused numbers below 40, and may still do so in your region.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances that always run. With 0 the first pod after a quiet time waits for a cold start, which can be longer than a webhook\'s timeout.')
@minValue(0)
@maxValue(1000)
param alwaysReadyInstances int = 1

@description('Requests that one instance works on at the same time before the platform starts another one.')
@minValue(1)
@maxValue(1000)
param requestsPerInstance int = 16

@description('Spreads instances and storage over availability zones, where the region has them. The platform then keeps, and bills, at least two instances.')
param zoneRedundant bool = false

// ---- Which bundle

@description('What follows the bundle container\'s URL: a folder such as "team-a", or an archive such as "bundle.tar"; empty: the container itself.')
param bundlePath string = ''

@description('Public keys in PEM. If there is any, the injector takes only bundles that one of them signed. Public, so no secrets.')
@maxLength(10)
param publicKeys string[] = []

@description('Further settings by their full name, such as { SidecarInjector__Source__RefreshInterval: \'00:00:30\' }. Secrets go into keyVaultReferences.')
param settings object = {}

@description('The object id of a user, group or service principal that may push bundles; empty: nobody is given that right here.')
param pusherPrincipalId string = ''

@description('What the pusher is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param pusherPrincipalType string = 'ServicePrincipal'

@description('For how many days deleted and overwritten bundles can be restored.')
@minValue(1)
@maxValue(365)
param bundleRetentionDays int = 30

// ---- Secrets

@description('Name of an existing Key Vault that holds the secrets below, with role-based access. It must be open to Azure services: references are not resolved over a private endpoint on Flex Consumption.')
@maxLength(24)
param keyVaultName string = ''

@description('The Key Vault\'s resource group.')
param keyVaultResourceGroup string = resourceGroup().name

@description('Secret settings: a setting\'s full name and the name of an existing secret in the Key Vault, such as { SidecarInjector__Source__Http__BearerToken: \'bundle-token\' }.')
param keyVaultReferences object = {}

// ---- Who may call

@description('Who may call the webhook; everybody else is refused before the function runs. Empty: everybody may.')
@maxLength(500)
param allowedCallers allowedCaller[] = []

@description('Whether the front end asks for a client certificate. It only checks that there is one; which one is the injector\'s affair. Only API servers whose admission configuration you can edit can send one.')
@allowed(['Off', 'Optional', 'Required'])
param clientCertificates string = 'Off'

@description('Whether the app can be reached from the internet. Disabled: by private endpoints only, and API servers must be able to reach those.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string = 'Enabled'

@description('Resource id of a subnet that is delegated to Microsoft.App/environments, for sources that only a virtual network can reach; empty: none.')
param outboundSubnetId string = ''

@description('A host name of your own, such as injector.example.com. Its CNAME and its TXT record (asuid.injector) must be there already: see docs/azure.md.')
@maxLength(253)
param customDomain string = ''

@description('Makes and binds a certificate managed by App Service, for a customDomain that an earlier deployment has bound. Not offered on Flex Consumption when this was written.')
param customDomainCertificate bool = false

// ---- What is written down

@description('For how many days logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('How many GB of logs a day are taken at most; -1: no limit.')
@minValue(-1)
@maxValue(1000)
param logDailyQuotaGb int = 1

var suffix = uniqueString(resourceGroup().id, name)
var deploymentContainerName = 'deployments'
var bundleContainerName = 'bundles'
var storageSku = zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'

// Built-in roles, the same ids in every tenant.
var role = {
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  blobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

// ---- Logs

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: logRetentionDays
    workspaceCapping: { dailyQuotaGb: logDailyQuotaGb }
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // Telemetry is taken from identities only: a connection string that leaks is worth nothing.
    DisableLocalAuth: true
  }
}

// ---- Storage of the Functions host: its state, and the package that instances start from

resource hostStorage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'sth${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: storageSku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource deployments 'containers' = {
      name: deploymentContainerName
      properties: { publicAccess: 'None' }
    }
  }
}

// ---- Storage of the bundles

resource bundleStorage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'stb${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: storageSku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A bundle that was overwritten by mistake can be brought back.
      isVersioningEnabled: true
      deleteRetentionPolicy: { enabled: true, days: bundleRetentionDays }
      containerDeleteRetentionPolicy: { enabled: true, days: bundleRetentionDays }
    }

    resource bundles 'containers' = {
      name: bundleContainerName
      properties: { publicAccess: 'None' }
    }
  }

  // Versioning alone keeps old versions for ever.
  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'old-versions'
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${bundleContainerName}/'] }
              actions: { version: { delete: { daysAfterCreationGreaterThan: bundleRetentionDays } } }
            }
          }
        ]
      }
    }
    dependsOn: [blobs]
  }
}

// ---- The function app

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

var callerRules = [for (caller, index) in allowedCallers: {
  name: caller.name
  ipAddress: caller.address
  tag: caller.?kind ?? 'Default'
  action: 'Allow'
  priority: 100 + index
}]

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: { type: 'SystemAssigned' }
  properties: {
    serverFarmId: plan.id
    // The host name carries a hash of the tenant. A name that becomes free again could otherwise be taken by anybody, who would then be the injector of every
    // cluster that still calls it.
    autoGeneratedDomainNameLabelScope: 'TenantReuse'
    // Plain HTTP is answered with a redirect. API servers speak HTTPS only, so none of them ever sees it.
    httpsOnly: true
    publicNetworkAccess: publicNetworkAccess
    virtualNetworkSubnetId: empty(outboundSubnetId) ? null : outboundSubnetId
    clientAffinityEnabled: false
    clientCertEnabled: clientCertificates != 'Off'
    // No clientCertExclusionPaths: with them the certificate is asked for only after the request was read, which fails for bodies over 100 KB.
    clientCertMode: clientCertificates == 'Required' ? 'Required' : 'Optional'
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostStorage.properties.primaryEndpoints.blob}${deploymentContainerName}'
          authentication: { type: 'SystemAssignedIdentity' }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        triggers: { http: { perInstanceConcurrency: requestsPerInstance } }
      }
    }
    siteConfig: {
      // The deployment site has no restrictions of its own: it takes Entra identities only, and pipelines have no fixed addresses.
      ftpsState: 'Disabled'
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ipSecurityRestrictions: callerRules
      ipSecurityRestrictionsDefaultAction: empty(allowedCallers) ? 'Allow' : 'Deny'
    }
  }

  resource ftpLogin 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scmLogin 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

var bundleContainerUrl = '${bundleStorage.properties.primaryEndpoints.blob}${bundleContainerName}'

// Every key on one line, which PEM allows: what becomes of line breaks in an app setting depends on who reads it.
var keySettings = toObject(
  map(publicKeys, (key, index) => { name: 'SidecarInjector__Source__PublicKeys__${index}', value: replace(replace(trim(key), '\r', ''), '\n', ' ') }),
  entry => entry.name,
  entry => entry.value
)

// Without a version in its URI a reference follows the secret's newest version.
var referenceSettings = mapValues(keyVaultReferences, secret => '@Microsoft.KeyVault(SecretUri=https://${keyVaultName}${environment().suffixes.keyvaultDns}/secrets/${secret})')

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    {
      AzureWebJobsStorage__accountName: hostStorage.name
      // The injector answers at the root itself.
      AzureWebJobsDisableHomepage: 'true'
      APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD'
      // The front end is there in any case; what it says of a certificate is worth something only if it refuses whoever has none.
      SidecarInjector__Authentication__FrontEnd: clientCertificates == 'Required' ? 'AppServiceCertificates' : 'AppService'
      SidecarInjector__Source__Uri: empty(bundlePath) ? bundleContainerUrl : '${bundleContainerUrl}/${bundlePath}'
    },
    keySettings,
    settings,
    referenceSettings
  )
  dependsOn: [hostOwnsBlobs, hostWritesTables, functionReadsBundles, functionWritesTelemetry, secretAccess]
}

// ---- Who may do what

resource hostOwnsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, app.id, role.blobDataOwner)
  scope: hostStorage
  properties: {
    description: 'State of the Functions host, and the package that it runs.'
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.blobDataOwner)
  }
}

resource hostWritesTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, app.id, role.tableDataContributor)
  scope: hostStorage
  properties: {
    description: 'Diagnostic events of the Functions host.'
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.tableDataContributor)
  }
}

resource functionReadsBundles 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(bundleStorage::blobs::bundles.id, app.id, role.blobDataReader)
  scope: bundleStorage::blobs::bundles
  properties: {
    description: 'The injector reads bundles, and writes none.'
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.blobDataReader)
  }
}

resource pusherWritesBundles 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(pusherPrincipalId)) {
  name: guid(bundleStorage::blobs::bundles.id, pusherPrincipalId, role.blobDataContributor)
  scope: bundleStorage::blobs::bundles
  properties: {
    description: 'Pushes bundles.'
    principalId: pusherPrincipalId
    principalType: pusherPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.blobDataContributor)
  }
}

resource functionWritesTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, app.id, role.monitoringMetricsPublisher)
  scope: insights
  properties: {
    description: 'Telemetry without a key.'
    principalId: app.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.monitoringMetricsPublisher)
  }
}

module secretAccess 'modules/secret-access.bicep' = if (!empty(keyVaultName) && !empty(keyVaultReferences)) {
  name: 'secret-access-${suffix}'
  scope: resourceGroup(keyVaultResourceGroup)
  params: {
    vaultName: keyVaultName
    secretNames: union(map(items(keyVaultReferences), setting => string(setting.value)), [])
    principalId: app.identity.principalId
    assignmentKey: app.id
  }
}

// ---- A host name of one's own

// A managed certificate is made only for a name that is bound already, and a binding that is written without its certificate loses it. So the name is bound in
// one deployment, and from the next on the module writes the binding, with the certificate.
resource domain 'Microsoft.Web/sites/hostNameBindings@2024-04-01' = if (!empty(customDomain) && !customDomainCertificate) {
  parent: app
  name: empty(customDomain) ? 'none' : customDomain
  properties: {
    siteName: app.name
    hostNameType: 'Verified'
    customHostNameDnsRecordType: 'CName'
  }
}

module domainCertificate 'modules/domain-certificate.bicep' = if (!empty(customDomain) && customDomainCertificate) {
  name: 'domain-certificate-${suffix}'
  params: {
    appName: app.name
    planId: plan.id
    domain: customDomain
    location: location
    tags: tags
  }
}

@description('The function app\'s name.')
output appName string = app.name

@description('The host name that Azure gave the app.')
output hostName string = app.properties.defaultHostName

@description('For clientConfig.url of a MutatingWebhookConfiguration; append /cluster/NAME and other facts about the cluster.')
output webhookUrl string = 'https://${empty(customDomain) ? app.properties.defaultHostName : customDomain}/inject'

@description('Where bundle push writes to.')
output bundleContainerUrl string = bundleContainerUrl

@description('What the injector reads: the container, and bundlePath.')
output bundleUrl string = empty(bundlePath) ? bundleContainerUrl : '${bundleContainerUrl}/${bundlePath}'

@description('The app\'s identity, to give it rights elsewhere.')
output principalId string = app.identity.principalId

@description('The value of the TXT record asuid.NAME that proves a custom domain to be yours. No secret.')
output domainVerificationId string = app.properties.customDomainVerificationId
