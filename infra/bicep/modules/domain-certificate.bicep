metadata description = 'A certificate that App Service manages, for a host name that is bound to an app already, and the binding with it.'

@description('The function app.')
param appName string

@description('Its plan.')
param planId string

@description('The host name.')
param domain string

@description('The plan\'s region.')
param location string

@description('Tags for the certificate.')
param tags object

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: appName
}

resource certificate 'Microsoft.Web/certificates@2024-04-01' = {
  name: '${appName}-${domain}'
  location: location
  tags: tags
  properties: {
    serverFarmId: planId
    canonicalName: domain
  }
}

resource binding 'Microsoft.Web/sites/hostNameBindings@2024-04-01' = {
  parent: app
  name: domain
  properties: {
    siteName: app.name
    hostNameType: 'Verified'
    customHostNameDnsRecordType: 'CName'
    sslState: 'SniEnabled'
    thumbprint: certificate.properties.thumbprint
  }
}
