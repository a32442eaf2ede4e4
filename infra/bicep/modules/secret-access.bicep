metadata description = 'Lets an identity read the named secrets, and no others, of an existing Key Vault.'

@description('The Key Vault.')
param vaultName string

@description('The secrets that the identity may read; they must exist.')
param secretNames string[]

@description('The identity.')
param principalId string

@description('What the names of the assignments are made of: something known before the deployment, so that what-if can name them.')
param assignmentKey string

var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource secrets 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = [for name in secretNames: {
  parent: vault
  name: name
}]

resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, index) in secretNames: {
  name: guid(vault.id, name, assignmentKey, keyVaultSecretsUser)
  scope: secrets[index]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
  }
}]
