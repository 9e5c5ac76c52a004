using SspNative.Lab.Catalogue;
using SspNative.Lab.References;

namespace SspNative.Lab.Verification;

/// <summary>The modules that reference cases can name, merged from one table a family.</summary>
public sealed class ModuleRegistry
{
    private readonly Dictionary<string, ReferenceModule> _modules = [];

    /// <summary>Merges tables; a name may occur once.</summary>
    public ModuleRegistry(params ReadOnlySpan<IReadOnlyDictionary<string, ReferenceModule>> tables)
    {
        foreach (IReadOnlyDictionary<string, ReferenceModule> table in tables)
            foreach ((string name, ReferenceModule module) in table)
                _modules.Add(name, module);
    }

    /// <summary>All modules of the project.</summary>
    public static ModuleRegistry Default { get; } = new(OpCatalogue.References, PreprocessingModules.Table, ModelModules.Table, TrainingModules.Table);

    public ReferenceModule? Find(string name) => _modules.GetValueOrDefault(name);
}
