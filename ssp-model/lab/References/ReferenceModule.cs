namespace SspNative.Lab.References;

/// <summary>
/// Runs a module on the inputs of a case and returns its outputs by the case's names, in the case's layout. The outputs
/// must outlive the call: an adapter that opens a scope keeps them.
/// </summary>
public delegate IReadOnlyDictionary<string, Tensor> ReferenceModule(ReferenceContext context);
