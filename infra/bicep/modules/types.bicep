@export()
@description('A network that may call the webhook.')
type allowedCaller = {
  @description('A name to find it by.')
  @maxLength(32)
  name: string

  @description('An address block such as 203.0.113.7/32, or with the kind ServiceTag a service tag such as AzureCloud.westeurope.')
  address: string

  @description('What the address is; Default is an address block.')
  kind: ('Default' | 'ServiceTag')?
}
